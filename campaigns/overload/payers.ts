import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { benchKey, signTransfer } from '../../bench/benchKey.js';
import { COIN, type Network } from '../../src/consensus/network.js';
import { formatNetworkFile } from '../../src/consensus/networkFile.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import { testNetwork } from '../../test/support/blocks.js';
import type { NodeRun } from '../nodeRun.js';
import { OVERLOAD_CODES, type Offer } from './offer.js';

const ACCOUNTS = 4_000;

/** Accounts that pay one after another: each waits for its answer, and offers a refused payment again. */
export class Payers {
  readonly network: Network;
  readonly #nonces: number[] = Array.from({ length: ACCOUNTS }, () => 0);
  readonly #free: number[] = Array.from({ length: ACCOUNTS }, (_, account) => account);

  /** Writes the network's file to `path`. */
  constructor(path: string) {
    this.network = testNetwork({
      name: 'overload',
      timestamp: Date.now() - 30 * 86_400_000,
      blockIntervalMs: 1_000,
      allocations: Array.from({ length: ACCOUNTS }, (_, account) => ({
        publicKey: benchKey(account).publicKey,
        amount: 1_000n * COIN,
      })),
    });
    writeFileSync(path, formatNetworkFile(this.network));
  }

  /** The next payment; undefined while every account waits. */
  payment(): Offer | undefined {
    const account = this.#free.shift();
    if (account === undefined) return undefined;
    return {
      body: this.#body(account, this.#nonces[account]!),
      answered: (text) => {
        this.#free.push(account);
        const isDone = text?.includes('TransactionAccepted') ?? false;
        if (isDone) this.#nonces[account]!++;
        return isDone ? 'done' : told(text);
      },
    };
  }

  /** A payment whose signature is drawn by lot. */
  forged(): Offer {
    const account = Math.floor(Math.random() * ACCOUNTS);
    return {
      body: this.#body(account, this.#nonces[account]!, `${randomBytes(60).toString('hex')}00000000`),
      // With a nonce that is taken meanwhile it is refused for that.
      answered: (text) => (told(text) === 'failed' && text?.includes('"Rejected"') ? 'done' : told(text)),
    };
  }

  read(): Offer {
    const address = this.#address(Math.floor(Math.random() * ACCOUNTS));
    return {
      body: JSON.stringify({ query: BALANCE, variables: { address } }),
      answered: (text) => (text?.includes('"confirmed"') ? 'done' : told(text)),
    };
  }

  mixed(): Offer | undefined {
    const kind = Math.random();
    return kind < 0.4 ? this.payment() : kind < 0.6 ? this.forged() : this.read();
  }

  /** Accounts of which the node has forgotten an acknowledged payment. */
  async lost(node: NodeRun): Promise<number> {
    let lost = 0;
    for (let from = 0; from < ACCOUNTS; from += 100) {
      const addresses = Array.from({ length: 100 }, (_, index) => this.#address(from + index));
      const { balances } = await node.ask<{ balances: { nodes: { nextNonce: string }[] } }>(NONCES, { addresses });
      lost += balances.nodes.filter(({ nextNonce }, index) => Number(nextNonce) < this.#nonces[from + index]!).length;
    }
    return lost;
  }

  #address(account: number): string {
    return encodeAddress(this.network.addressPrefix, benchKey(account).publicKey);
  }

  #body(account: number, nonce: number, signature?: string): string {
    const { chainId } = this.network;
    // Of one id with a pending payment, a forged copy would be answered as known.
    const amount = signature === undefined ? 1_000n : 1_001n;
    const key = benchKey(account);
    const recipient = benchKey((account + 1) % ACCOUNTS).publicKey;
    const unsigned = { sender: key.publicKey, recipient, amount, fee: 10n, nonce: BigInt(nonce), memo: '' };
    const transaction = {
      sender: this.#address(account),
      recipient: this.#address((account + 1) % ACCOUNTS),
      amount: `${amount}`,
      fee: '10',
      nonce: `${nonce}`,
      signature: signature ?? toHex(signTransfer(chainId, unsigned, key)),
    };
    return JSON.stringify({ query: ADD, variables: { transaction } });
  }
}

function told(text: string | undefined): 'refused' | 'failed' {
  return text !== undefined && OVERLOAD_CODES.test(text) ? 'refused' : 'failed';
}

const ADD =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename ... on Rejected { code } } }';
const BALANCE = 'query ($address: Address!) { balance(address: $address) { confirmed available nextNonce } }';
const NONCES =
  'query ($addresses: [Address!]!) { balances(addresses: $addresses, first: 100) { nodes { nextNonce } } }';
