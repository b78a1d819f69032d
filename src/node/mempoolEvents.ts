import type { Admission } from '../mempool/admission.js';
import type { Mempool } from '../mempool/mempool.js';
import type { MempoolJournal } from '../mempool/ports.js';
import type { Gossip } from '../peers/relay/gossip.js';

export interface MempoolEventModules {
  readonly mempool: Pick<Mempool, 'left' | 'returned'>;
  readonly admission: Pick<Admission, 'accepted'>;
  readonly gossip: Pick<Gossip, 'announceTransactions'>;
  readonly journal: Pick<MempoolJournal, 'keep' | 'remove'>;
  readonly log: { error(details: object, message: string): void };
}

/** Announces what is accepted or back from a block, and keeps the journal at what is pending. */
export function wireMempool({ mempool, admission, gossip, journal, log }: MempoolEventModules): void {
  admission.accepted.on(({ transactions, giver }) => gossip.announceTransactions(transactions, giver));
  mempool.left.on((transactions) => journal.remove(transactions.map(({ id }) => id)));
  mempool.returned.on((entries) => {
    // Peers of the other branch have never seen them.
    gossip.announceTransactions(
      entries.map(({ transaction }) => transaction),
      undefined,
    );
    journal.keep(entries).catch((error: unknown) => log.error({ err: error }, 'returned transactions not written'));
  });
}
