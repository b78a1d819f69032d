import { benchAnnouncement } from './announcement.js';
import { benchRelayNetwork } from './relayNetwork.js';

/** `npm run bench -- relay [--quick]`: what nodes send each other of transactions and blocks. */
export async function benchRelay(quick: boolean): Promise<boolean> {
  await benchAnnouncement(quick ? 2_000 : 10_000);
  await benchRelayNetwork(quick);
  return true;
}
