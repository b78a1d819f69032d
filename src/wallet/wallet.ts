import type { Rejection } from '../consensus/rejection.js';
import { fromHex } from '../crypto/bytes.js';
import { generateKeyPair, type KeyPair, type Signer } from '../crypto/ed25519.js';
import { formatKeyFile, MIN_PASSPHRASE, openKey, parseKeyFile, sealKey, type KeyFile } from '../crypto/keystore.js';
import { createSecretFile, readSecretFile } from './secretFile.js';
import { localSigner } from './signer.js';

export interface WalletState {
  readonly publicKey: Uint8Array;
  readonly locked: boolean;
}

/** What the rest of a node does with its account. */
export interface NodeWallet extends Pick<Wallet, 'state' | 'create' | 'unlock' | 'lock'> {
  /** Signature of the payload, or why there is none. Rejects with SignerError where the key is in another program, which refused. */
  sign(payload: Uint8Array): Promise<Uint8Array> | Rejection;
}

/** An account whose key is in another program: that one decides when it signs, so it is never locked here. */
export function walletOf(key: Signer): NodeWallet {
  const state = { publicKey: key.publicKey, locked: false };
  return {
    state: () => state,
    create: () => Promise.resolve({ code: 'WALLET_EXISTS' }),
    unlock: () => Promise.resolve(state),
    lock: () => state,
    sign: (payload) => key.sign(payload),
  };
}

/** The node's own account. Its key is encrypted on disk and in memory only while unlocked; nothing here ever returns it. */
export class Wallet {
  readonly #path: string;
  #file: KeyFile | undefined;
  #key: Signer | undefined;

  private constructor(path: string, file: KeyFile | undefined) {
    this.#path = path;
    this.#file = file;
  }

  /** The wallet of this file, locked; none if there is no file. Throws RangeError for a malformed file. */
  static async open(path: string): Promise<Wallet> {
    const text = await readSecretFile(path);
    return new Wallet(path, text === undefined ? undefined : readKeyFile(path, text));
  }

  /** Undefined: this node has none. */
  state(): WalletState | undefined {
    return this.#file && { publicKey: fromHex(this.#file.publicKey), locked: this.#key === undefined };
  }

  /** Makes a new key under the passphrase, unlocked. Never overwrites one. */
  async create(passphrase: string): Promise<WalletState | Rejection> {
    if (this.#file) return { code: 'WALLET_EXISTS' };
    const weak = weakPassphrase(passphrase);
    if (weak) return weak;
    const keyPair = generateKeyPair();
    const file = await sealKey(keyPair, passphrase);
    if (!(await createSecretFile(this.#path, formatKeyFile(file)))) return { code: 'WALLET_EXISTS' };
    this.#file = file;
    return this.#hold(keyPair);
  }

  async unlock(passphrase: string): Promise<WalletState | Rejection> {
    if (!this.#file) return { code: 'WALLET_UNAVAILABLE' };
    const keyPair = await openKey(this.#file, passphrase);
    if (!keyPair) return { code: 'WALLET_LOCKED', wrongPassphrase: true };
    return this.#hold(keyPair);
  }

  /** Forgets the key until the next unlock. */
  lock(): WalletState | Rejection {
    if (!this.#file) return { code: 'WALLET_UNAVAILABLE' };
    this.#key = undefined;
    return this.state()!;
  }

  /** Signature of the payload, or why there is none. */
  sign(payload: Uint8Array): Promise<Uint8Array> | Rejection {
    if (!this.#file) return { code: 'WALLET_UNAVAILABLE' };
    if (!this.#key) return { code: 'WALLET_LOCKED', wrongPassphrase: false };
    return this.#key.sign(payload);
  }

  /** From now on only OpenSSL has the seed, which clears it when the key is gone. */
  #hold(keyPair: KeyPair): WalletState {
    this.#key = localSigner(keyPair);
    keyPair.seed.fill(0);
    return this.state()!;
  }
}

function readKeyFile(path: string, text: string): KeyFile {
  try {
    return parseKeyFile(text);
  } catch (error) {
    throw new RangeError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function weakPassphrase(passphrase: string): Rejection | undefined {
  if (passphrase.length >= MIN_PASSPHRASE) return undefined;
  const expected = `at least ${MIN_PASSPHRASE} characters`;
  return { code: 'MALFORMED', field: 'passphrase', expected, got: `${passphrase.length}` };
}
