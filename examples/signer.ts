/**
 * A program that holds the keys of a node and signs for it, so that the node itself has none (docs/protocol.md, "Signer"):
 *
 *   node dist/examples/signer.js /run/corrente/signer.sock --node node.key --wallet wallet.seed --max-coins 10
 *   corrente node --signer unix:/run/corrente/signer.sock
 *
 * A key file is 64 hexadecimal characters, as `corrente keys export --as seed` writes them and as node.key has them. It signs what its keys
 * are for: transactions of at most so many coins with the key of the wallet, and anything of the node's but transactions with the other.
 */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const COIN = 100_000_000n;
const MAX_LINE = 4_096;
const TRANSACTION = 'corrente/transaction/v1\0';
/** Where the amount and the fee begin in the payload of a transaction: tag, chain, sender and recipient come before. */
const AMOUNT_AT = TRANSACTION.length + 3 * 32;
/** What stands before the 32 bytes of an Ed25519 seed in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { node: { type: 'string' }, wallet: { type: 'string' }, 'max-coins': { type: 'string', default: '0' } },
});
const [socket] = positionals;
if (socket === undefined) throw new Error('expected the path of a socket');
const most = BigInt(values['max-coins']) * COIN;
const keys = new Map<unknown, KeyObject>();
for (const name of ['node', 'wallet'] as const) {
  const file = values[name];
  if (file !== undefined) keys.set(name, readKey(file));
}

function readKey(file: string): KeyObject {
  if ((statSync(file).mode & 0o077) !== 0) throw new Error(`${file}: expected a file that only its owner can read`);
  const seed = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  if (seed.length !== 32) throw new Error(`${file}: expected 64 hexadecimal characters`);
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

/** Why a payload is not signed; undefined if it may be. */
function refusal(name: unknown, payload: Buffer): string | undefined {
  const isTransaction = payload.subarray(0, TRANSACTION.length).equals(Buffer.from(TRANSACTION));
  if (name === 'node') return isTransaction ? 'the key of the node signs no transaction' : undefined;
  if (!isTransaction) return 'the key of the wallet signs transactions only';
  const spent = payload.readBigUInt64BE(AMOUNT_AT) + payload.readBigUInt64BE(AMOUNT_AT + 8);
  return spent > most ? `expected at most ${most} base units with the fee, got ${spent}` : undefined;
}

interface Question {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly key?: unknown;
  readonly payload?: unknown;
}

function answer({ id, method, key: name, payload }: Question): object {
  const key = keys.get(name);
  if (method === 'publicKey') {
    if (!key) return { id, publicKey: null };
    const { x } = createPublicKey(key).export({ format: 'jwk' });
    return { id, publicKey: Buffer.from(x!, 'base64url').toString('hex') };
  }
  if (method !== 'sign' || !key || typeof payload !== 'string') return { id, error: 'not understood' };
  const bytes = Buffer.from(payload, 'hex');
  const refused = refusal(name, bytes);
  console.log(JSON.stringify({ time: new Date(), key: name, bytes: bytes.length, refused }));
  return refused === undefined ? { id, signature: sign(null, bytes, key).toString('hex') } : { id, error: refused };
}

const server = createServer((connection) => {
  connection.on('error', () => undefined);
  createInterface({ input: connection }).on('line', (line) => {
    try {
      if (line.length > MAX_LINE) throw new RangeError('expected a shorter line');
      connection.write(`${JSON.stringify(answer(JSON.parse(line) as Question))}\n`);
    } catch {
      // No question of a node: whoever it is has no business here.
      connection.destroy();
    }
  });
});
// The socket is for the account of this process alone; with 0o117 also for its group.
process.umask(0o177);
rmSync(socket, { force: true });
server.listen(socket, () => console.log(`signs at ${socket}`));
process.once('SIGTERM', () => process.exit(0));
