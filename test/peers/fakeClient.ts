import type { Block } from '../../src/consensus/block.js';
import { createTransaction, type Transaction } from '../../src/consensus/transaction.js';
import { PeerError } from '../../src/peers/standing.js';
import type { PeerRecord, PeerState } from '../../src/peers/peerState.js';
import { PeerSet, type PeerSetModules, type PeerSetOptions } from '../../src/peers/peerSet.js';
import type { HandshakeAnswer, PeerClientPort } from '../../src/peers/ports.js';
import type { Interest, Outcome } from '../../src/peers/client/wire.js';
import { toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { localSigner } from '../../src/wallet/signer.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { silentLogger, type LogLine } from '../support/logger.js';

export const network = testNetwork();
const OWN_PAIR = keyPairFromSeed(new Uint8Array(32).fill(9));
export const OWN_KEY = localSigner(OWN_PAIR);
export const OWN_ID = toHex(OWN_PAIR.publicKey);
export const OWN_INSTANCE = '91'.repeat(32);

/** A peer in memory: it accepts everything, until a test replaces one of its functions. */
export class FakeClient implements PeerClientPort {
  readonly id: string;
  /** Every message of transactions, in order. */
  readonly messages: (readonly Transaction[])[] = [];
  readonly blocks: Block[] = [];
  handshakes = 0;
  closed = false;
  answer: Partial<HandshakeAnswer> = {};
  greet: () => Promise<void> = () => Promise.resolve();
  /** URLs of the peers that it names. */
  tells: () => Promise<string[]> = () => Promise.resolve([]);
  take: (transactions: readonly Transaction[]) => Promise<Outcome[]> = (transactions) =>
    Promise.resolve(transactions.map(() => ({ alreadyKnown: false })));
  /** Ids of transactions that it was told of, in order. */
  readonly told: (readonly Uint8Array[])[] = [];
  interest: (ids: readonly Uint8Array[]) => Promise<Interest[]> = (ids) => Promise.resolve(ids.map(() => 'wanted'));
  takeBlock: (block: Block) => Promise<Outcome> = () => Promise.resolve({ alreadyKnown: false });
  headersAfter: PeerClientPort['headersAfter'] = () => Promise.resolve([]);
  bodies: PeerClientPort['bodies'] = (hashes) => Promise.resolve(hashes.map(() => undefined));

  pending: PeerClientPort['pending'] = () => Promise.resolve({ size: 0, transactions: [], next: undefined });
  offer: PeerClientPort['offer'] = () => Promise.resolve(undefined);
  sendHeaders: PeerClientPort['sendHeaders'] = () => Promise.resolve(undefined);
  sendBodies: PeerClientPort['sendBodies'] = () => Promise.resolve(undefined);

  readonly url: string;

  /** Its id is made of the hexadecimal digits of `name`. */
  constructor(name: string, url = `http://peer-${name}.test/graphql`) {
    this.id = name.padEnd(64, name);
    this.url = url;
  }

  async handshake(): Promise<HandshakeAnswer> {
    this.handshakes++;
    await this.greet();
    const chainId = toHex(network.chainId);
    const claim = { id: this.id, proven: true, instance: this.id, publicUrl: this.url };
    const own = { ...claim, chainId, version: '1', protocolVersion: 1, height: 0, work: 0n, tip: chainId };
    return { ...own, ...this.answer };
  }

  connectedPeers(): Promise<string[]> {
    return this.tells();
  }

  sendTransactions(transactions: readonly Transaction[]): Promise<Outcome[]> {
    this.messages.push(transactions);
    return this.take(transactions);
  }

  announceTransactions(ids: readonly Uint8Array[]): Promise<Interest[]> {
    this.told.push(ids);
    return this.interest(ids);
  }

  sendBlock(block: Block): Promise<Outcome> {
    this.blocks.push(block);
    return this.takeBlock(block);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

export const unreachable = (): Promise<never> => Promise.reject(new PeerError('unreachable', 'refused'));
export const silent = (): Promise<never> => new Promise<never>(() => undefined);

/** A peer set over fake clients with a clock that a test moves and a disk in memory. */
export function testPeers(
  clients: readonly (PeerClientPort & { readonly url: string })[],
  options: Partial<PeerSetOptions> = {},
  connect: PeerSetModules['connect'] = (url) => new FakeClient(Buffer.from(url).toString('hex').slice(-64), url),
) {
  const clock = { elapsed: 50, date: 1_000_000, random: 0 };
  const disk = new Map<string, PeerRecord>();
  /** Where a test asks for the messages that wait. */
  const relay: { queued: (state: PeerState) => number } = { queued: () => 0 };
  const lines: LogLine[] = [];
  const open = () =>
    new PeerSet(
      {
        ownId: OWN_ID,
        ownInstance: OWN_INSTANCE,
        chainId: toHex(network.chainId),
        protocolVersion: 1,
        handshakeIntervalMs: 5_000,
        isMember: () => true,
        ...options,
      },
      {
        connect: (url, origin) => clients.find((client) => client.url === url) ?? connect(url, origin),
        store: {
          load: () => [...disk.values()],
          save: (record) => Promise.resolve(void disk.set(record.url, record)),
          remove: (url) => Promise.resolve(void disk.delete(url)),
        },
        clock: { elapsed: () => clock.elapsed, now: () => clock.date + clock.elapsed },
        random: () => clock.random,
        log: silentLogger(lines),
        queued: (state) => relay.queued(state),
      },
    );
  return { peers: open(), open, clock, disk, lines, relay };
}

/** Transactions that are never verified, so that thousands take no time. */
export function dummyTransactions(count: number, from = 0): Transaction[] {
  const [sender, recipient] = [testAccount(0).publicKey, testAccount(1).publicKey];
  return Array.from({ length: count }, (_, index) => {
    const unsigned = { sender, recipient, amount: 1n, fee: 0n, nonce: BigInt(from + index), memo: '' };
    return createTransaction(network.chainId, unsigned, new Uint8Array(64));
  });
}

/** Lets everything run that waits for nothing but its turns, of which long work takes several. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A peer set with one peer that answers. */
export async function onePeer() {
  const client = new FakeClient('a');
  const all = testPeers([client]);
  await all.peers.add(client.url);
  return { ...all, client, state: all.peers.byId(client.id)! };
}
