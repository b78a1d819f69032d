import { writeFileSync } from 'node:fs';
import sodium from 'sodium-native';
import { testAccount, testNetwork } from '../test/support/blocks.js';
import { COIN, type Network } from '../src/consensus/network.js';
import { formatNetworkFile } from '../src/consensus/networkFile.js';
import { createTransaction, signingPayload, type Transaction } from '../src/consensus/transaction.js';
import { encodeAddress } from '../src/crypto/address.js';
import type { KeyPair } from '../src/crypto/ed25519.js';
import { replacementFee } from '../src/mempool/policy.js';
import type { Slot } from './paymentRecord.js';
import { Random } from './random.js';

/** Number of accounts that pay each other. */
export const SENDERS = 12;
/** Miner of the node's blocks, and miner of the campaign's own blocks. */
export const MINERS = [testAccount(100), testAccount(101)] as const;

/** A network whose blocks take two tries. Its chain is a month behind the clock, so that the target stays at its limit. */
export function campaignNetwork(path: string): Network {
  const network = testNetwork({
    name: 'campaign',
    timestamp: Date.now() - 30 * 86_400_000,
    blockIntervalMs: 1_000,
    allocations: Array.from({ length: SENDERS }, (_, index) => ({
      publicKey: testAccount(index).publicKey,
      amount: STARTING_BALANCE,
    })),
  });
  writeFileSync(path, formatNetworkFile(network));
  return network;
}

/**
 * Seed, sender, nonce and version decide every payment of a campaign. Each version pays enough fee to replace the one before. So there is
 * one transaction for each, the same when sent again, and all balances follow from nonces and versions.
 */
export class PaymentPlan {
  readonly network: Network;
  /** By sender: the nonces below it are acknowledged. */
  readonly acknowledged: number[] = Array.from({ length: SENDERS }, () => 0);
  readonly #seed: number;
  /** By sender, nonce and version. */
  readonly #payments: Payment[][][] = Array.from({ length: SENDERS }, () => []);

  constructor(network: Network, seed: number) {
    this.network = network;
    this.#seed = seed;
  }

  get acknowledgedCount(): number {
    return this.acknowledged.reduce((sum, count) => sum + count, 0);
  }

  /** Addresses of the senders. */
  get addresses(): string[] {
    return this.acknowledged.map((_, sender) => addressOf(this.network, testAccount(sender)));
  }

  transaction(sender: number, nonce: number, version = 0): Transaction {
    return this.#payment(sender, nonce, version).transaction;
  }

  /**
   * Balance of each sender if the best chain holds its payments with nonces below `nonces[sender]`, each in this version, and all their
   * fees.
   */
  balances(
    nonces: readonly number[],
    version: (slot: Slot) => number,
  ): { readonly balances: readonly bigint[]; readonly fees: bigint } {
    const balances = nonces.map(() => STARTING_BALANCE);
    let fees = 0n;
    for (const [sender, end] of nonces.entries()) {
      for (let nonce = 0; nonce < end; nonce++) {
        const { recipient, transaction } = this.#payment(sender, nonce, version({ sender, nonce }));
        const { amount, fee } = transaction;
        balances[sender]! -= amount + fee;
        balances[recipient]! += amount;
        fees += fee;
      }
    }
    return { balances, fees };
  }

  #payment(sender: number, nonce: number, version: number): Payment {
    const payments = this.#payments[sender]!;
    while (payments.length <= nonce) payments.push([]);
    const versions = payments[nonce]!;
    while (versions.length <= version) versions.push(this.#make(sender, nonce, versions));
    return versions[version]!;
  }

  #make(sender: number, nonce: number, former: readonly Payment[]): Payment {
    const random = new Random(this.#seed + 1_000_003 * nonce + sender + 7_368_787 * former.length);
    const recipient = random.below(SENDERS);
    const last = former.at(-1)?.transaction;
    const from = testAccount(sender);
    const unsigned = {
      sender: from.publicKey,
      recipient: testAccount(recipient).publicKey,
      amount: BigInt(1 + random.below(1_000)),
      fee: last ? replacementFee(last.fee) : BigInt(1 + random.below(100)),
      nonce: BigInt(nonce),
      memo: '',
    };
    const { chainId } = this.network;
    const payload = signingPayload(chainId, unsigned);
    return { recipient, transaction: createTransaction(chainId, unsigned, signed(payload, from)) };
  }
}

interface Payment {
  /** Number of the sender that gets the payment. */
  readonly recipient: number;
  readonly transaction: Transaction;
}

/** By libsodium: the project's own signing, made to run anywhere, would take most of the campaign's time. */
function signed(payload: Uint8Array, { seed, publicKey }: KeyPair): Uint8Array {
  const signature = Buffer.alloc(sodium.crypto_sign_BYTES);
  sodium.crypto_sign_detached(signature, Buffer.from(payload), Buffer.concat([seed, publicKey]));
  return Uint8Array.from(signature);
}

/** Address of an account on the network. */
export function addressOf({ addressPrefix }: Network, { publicKey }: { readonly publicKey: Uint8Array }): string {
  return encodeAddress(addressPrefix, publicKey);
}

const STARTING_BALANCE = 1_000_000n * COIN;
