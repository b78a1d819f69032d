import type { NodeRun } from './nodeRun.js';
import { atOnce } from '../src/util/turns.js';
import { BlocksByHashDocument } from '../src/client/operations/peer.js';
import { supplyAt, type Network } from '../src/consensus/network.js';
import { toHex } from '../src/crypto/bytes.js';
import { EMPTY_ACCOUNT, Overlay } from '../src/ledger/accounts.js';
import { applyBlock, applyChanges } from '../src/ledger/ledger.js';
import { Wire } from '../src/peers/client/wire.js';

/** Result of a replay of a node's best chain. */
export interface History {
  readonly height: number;
  readonly transactions: number;
}

/**
 * Replays a node's best chain from genesis with this project's ledger. Throws at the first height where the sum of all balances is not the
 * issued supply, a block does not apply, or a transaction comes a second time.
 */
export async function replayHistory(node: NodeRun, network: Network): Promise<History> {
  const wire = new Wire(network);
  const state = new Overlay({ account: () => EMPTY_ACCOUNT });
  for (const { publicKey, amount } of network.allocations) state.set(publicKey, { balance: amount, nonce: 0n });
  const seen = new Set<string>();
  let last = network.genesis.header;
  for (;;) {
    const { chain } = await node.ask<{ chain: { headersAfter: unknown[] } }>(HEADERS, { locator: [toHex(last.hash)] });
    const headers = chain.headersAfter.map((answer) => wire.header(answer));
    if (headers.length === 0) return { height: last.height, transactions: seen.size };
    const hashes = headers.map(({ hash }) => toHex(hash));
    const { blocks } = await node.ask<{ blocks: { body: string }[] }>(BlocksByHashDocument.toString(), { hashes });
    for (const [index, header] of headers.entries()) {
      if (toHex(header.previousHash) !== toHex(last.hash))
        throw new Error(`block ${header.height} is on another branch`);
      const transactions = atOnce(wire.body(blocks[index]!.body));
      const applied = applyBlock(state, { header, transactions }, network);
      if ('code' in applied) throw new Error(`block ${header.height} does not apply: ${applied.code}`);
      applyChanges(state, applied.changes);
      const sum = state.changes().reduce((total, { account }) => total + account.balance, 0n);
      const issued = supplyAt(network, header.height);
      if (sum !== issued) throw new Error(`at height ${header.height} all balances are ${sum}, ${issued} were issued`);
      for (const { id } of transactions) {
        if (seen.has(toHex(id))) throw new Error(`${toHex(id)} is on the chain twice`);
        seen.add(toHex(id));
      }
      last = header;
    }
  }
}

const HEADERS = `query ($locator: [Hash!]!) { chain { headersAfter(locator: $locator, first: 100) {
  hash height previousHash transactionsRoot transactionCount timestamp target miner nonce } } }`;
