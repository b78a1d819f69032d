import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { fromHex, toHex } from '../crypto/bytes.js';
import { signatureFault, type KeyPair, type Signer } from '../crypto/ed25519.js';

/** How long a signer may take to answer. */
const ANSWER_MS = 5_000;
/** Characters of one answer of a signer, at most. */
const MAX_ANSWER = 4_096;
/** Questions that wait for an answer at once, at most. */
const MAX_WAITING = 1_024;

/** What stands before the 32 bytes of a seed in PKCS #8 (RFC 8410, 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer of this process: OpenSSL signs a hundred times as fast as the library that browsers share with it. */
export function localSigner({ publicKey, seed }: KeyPair): Signer {
  const der = Buffer.concat([PKCS8, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return { publicKey, sign: (payload) => Promise.resolve(Uint8Array.from(sign(null, payload, key))) };
}

/** Keys of a node that can be in another program. */
export type KeyName = 'node' | 'wallet';

/** A signer outside this process gave no signature. */
export class SignerError extends Error {
  override readonly name = 'SignerError';
}

/**
 * A program that holds keys and signs for this process, at a Unix socket (docs/protocol.md, "Signer"). The connection is made when something
 * is asked, and again after it broke. What the program answers is checked: it can refuse, but not make this process send what is wrong.
 */
export class RemoteSigner {
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #socket: Socket | undefined;
  #lastId = 0;

  private constructor(path: string, timeoutMs: number) {
    this.#path = path;
    this.#timeoutMs = timeoutMs;
  }

  /** The signer at this path. Throws RangeError for a socket that every account of the machine can use. */
  static async at(path: string, timeoutMs = ANSWER_MS): Promise<RemoteSigner> {
    const stats = await stat(path);
    if (!stats.isSocket()) throw new RangeError(`${path}: expected the socket of a signer, got another file`);
    if ((stats.mode & 0o002) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
      throw new RangeError(`${path}: expected a socket that others cannot use, got mode ${mode}; run: chmod o= on it`);
    }
    return new RemoteSigner(path, timeoutMs);
  }

  /** The key of this name; undefined if the program has none. Rejects with SignerError. */
  async key(name: KeyName): Promise<Signer | undefined> {
    const answer = await this.#ask({ method: 'publicKey', key: name });
    if (answer['publicKey'] === null) return undefined;
    const publicKey = bytesOf(answer, 'publicKey', 32);
    const verifier = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) }, format: 'jwk' });
    const signed = async (payload: Uint8Array): Promise<Uint8Array> => {
      const given = await this.#ask({ method: 'sign', key: name, payload: toHex(payload) });
      const signature = bytesOf(given, 'signature', 64);
      if (signatureFault(publicKey, signature) === undefined && verify(null, payload, verifier, signature))
        return signature;
      throw new SignerError(`expected a signature by the key ${name} ${toHex(publicKey)}, got another`);
    };
    return { publicKey, sign: signed };
  }

  /** Whoever waits gets SignerError. */
  close(): void {
    this.#socket?.destroy();
  }

  #ask(question: object): Promise<Readonly<Record<string, unknown>>> {
    if (this.#waiting.size >= MAX_WAITING)
      return Promise.reject(new SignerError(`${MAX_WAITING} requests wait for the signer`));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (typeof answer === 'string') reject(new SignerError(`the signer at ${this.#path}: ${answer}`));
        else resolve(answer);
      };
      const timer = setTimeout(
        () => settle(`expected an answer within ${this.#timeoutMs} ms, got none`),
        this.#timeoutMs,
      );
      this.#waiting.set(id, settle);
      this.#connection().write(`${JSON.stringify({ id, ...question })}\n`);
    });
  }

  #connection(): Socket {
    if (this.#socket) return this.#socket;
    const socket = createConnection(this.#path);
    let text = '';
    let reason = 'the connection ended';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const lines = `${text}${chunk}`.split('\n');
      text = lines.pop()!;
      for (const line of lines) this.#hear(line);
      if (text.length > MAX_ANSWER) socket.destroy(new Error(`expected at most ${MAX_ANSWER} characters, got more`));
    });
    socket.on('error', (error) => (reason = error.message));
    socket.on('close', () => {
      this.#socket = undefined;
      for (const settle of this.#waiting.values()) settle(reason);
    });
    this.#socket = socket;
    return socket;
  }

  /** One line: an answer to a question that waits. Any other is nobody's. */
  #hear(line: string): void {
    let answer: unknown;
    try {
      answer = JSON.parse(line);
    } catch {
      return;
    }
    if (typeof answer !== 'object' || answer === null) return;
    const { id, error } = answer as { id?: unknown; error?: unknown };
    const settle = this.#waiting.get(id as number);
    settle?.(typeof error === 'string' ? `refused: ${error.slice(0, 200)}` : (answer as Record<string, unknown>));
  }
}

/** What a signer said, or as text why there is nothing. */
type Answer = string | Readonly<Record<string, unknown>>;

function bytesOf(answer: Readonly<Record<string, unknown>>, field: string, length: number): Uint8Array {
  const text = answer[field];
  if (typeof text === 'string' && text.length === 2 * length && /^[0-9a-f]*$/.test(text)) return fromHex(text);
  throw new SignerError(`${field}: expected ${2 * length} hexadecimal characters of the signer, got something else`);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
