import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { fromHex, toHex } from '../../src/crypto/bytes.js';
import { keyPairFromSeed, sign, verifySignature } from '../../src/crypto/ed25519.js';
import { localSigner, RemoteSigner } from '../../src/wallet/signer.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const keyPair = keyPairFromSeed(new Uint8Array(32).fill(7));
const other = keyPairFromSeed(new Uint8Array(32).fill(8));
const payload = new TextEncoder().encode('corrente/node/v1, a payload');

interface Question {
  readonly id: number;
  readonly method: string;
  readonly key: string;
  readonly payload?: string;
}

const honest = ({ id, method, key, payload: text }: Question): object | undefined => {
  if (method === 'publicKey') return { id, publicKey: key === 'node' ? toHex(keyPair.publicKey) : null };
  return { id, signature: toHex(sign(fromHex(text!), keyPair)) };
};

/** A program at a socket that answers as the function says; nothing where it answers undefined. */
async function program(answer: (question: Question, socket: Socket) => object | string | undefined = honest) {
  const path = join(temporaryFolder(), 'socket');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    createInterface({ input: socket }).on('line', (line) => {
      const given = answer(JSON.parse(line) as Question, socket);
      if (given !== undefined) socket.write(typeof given === 'string' ? given : `${JSON.stringify(given)}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o600);
  const end = () => sockets.forEach((socket) => socket.destroy());
  after(() => {
    end();
    server.close();
  });
  return { path, sockets, end };
}

async function remote(path: string, timeoutMs?: number): Promise<RemoteSigner> {
  const signer = await RemoteSigner.at(path, timeoutMs);
  after(() => signer.close());
  return signer;
}

/** The answers to what is asked after the public key. */
async function signs(answer: (question: Question, socket: Socket) => object | string | undefined, timeoutMs?: number) {
  const { path } = await program((question, socket) =>
    question.method === 'publicKey' ? honest(question) : answer(question, socket),
  );
  const key = await (await remote(path, timeoutMs)).key('node');
  return key!.sign(payload);
}

describe('a signer of this process', () => {
  it('signs as every other library does', async () => {
    const signer = localSigner(keyPair);
    assert.deepEqual(signer.publicKey, keyPair.publicKey);
    assert.deepEqual(await signer.sign(payload), sign(payload, keyPair));
  });
});

describe('a signer in another program', () => {
  it('has keys by name, and signs many payloads at once, in any order', async () => {
    const held: (() => void)[] = [];
    const { path } = await program((question, socket) => {
      if (question.method === 'publicKey') return honest(question);
      held.push(() => socket.write(`${JSON.stringify(honest(question))}\n`));
      if (held.length === 3) for (const answer of held.reverse()) answer();
      return undefined;
    });
    const signer = await remote(path);
    const key = (await signer.key('node'))!;
    assert.deepEqual(key.publicKey, keyPair.publicKey);
    assert.equal(await signer.key('wallet'), undefined);
    const payloads = [1, 2, 3].map((byte) => new Uint8Array(40).fill(byte));
    const signatures = await Promise.all(payloads.map((one) => key.sign(one)));
    signatures.forEach((one, i) => assert.ok(verifySignature(keyPair.publicKey, payloads[i]!, one)));
  });

  it('is connected to again after it was gone', async () => {
    const { path, end } = await program();
    const key = (await (await remote(path)).key('node'))!;
    await key.sign(payload);
    const waiting = key.sign(payload);
    end();
    await waiting.catch(() => undefined);
    assert.deepEqual(await key.sign(payload), sign(payload, keyPair));
  });

  it('that refuses, is silent, goes away or talks nonsense gives an error that says so', async () => {
    const failed = (message: RegExp) => ({ name: 'SignerError', message });
    const refused = signs(({ id }) => ({ id, error: 'too many coins' }));
    await assert.rejects(refused, failed(/the signer at .*: refused: too many coins/));
    await assert.rejects(
      signs(() => undefined, 50),
      failed(/expected an answer within 50 ms, got none/),
    );
    await assert.rejects(
      signs((_question, socket) => void socket.destroy()),
      failed(/the connection ended|ECONN|EPIPE/),
    );
    await assert.rejects(
      signs(() => 'x'.repeat(5_000)),
      failed(/expected at most 4096 characters, got more/),
    );
    for (const signature of [undefined, 7, 'ab', 'zz'.repeat(64)])
      await assert.rejects(
        signs(({ id }) => ({ id, signature })),
        failed(/signature: expected 128 hexadecimal/),
      );
    const junk = signs((question) => `junk\n[]\n7\nnull\n{"id":99}\n${JSON.stringify(honest(question))}\n`);
    assert.deepEqual(await junk, sign(payload, keyPair));
  });

  it('threat wrong-signer: a signature by another key, or of something else, is never used', async () => {
    const wrong = { name: 'SignerError', message: /expected a signature by the key node [0-9a-f]{64}, got another/ };
    await assert.rejects(
      signs(({ id }) => ({ id, signature: toHex(sign(payload, other)) })),
      wrong,
    );
    await assert.rejects(
      signs(({ id }) => ({ id, signature: toHex(sign(new Uint8Array(9), keyPair)) })),
      wrong,
    );
    await assert.rejects(
      signs(({ id }) => ({ id, signature: '00'.repeat(64) })),
      wrong,
    );
  });

  it('threat open-signer: a socket that every account of the machine can use is refused', async () => {
    const { path } = await program();
    chmodSync(path, 0o666);
    await assert.rejects(RemoteSigner.at(path), /socket: expected a socket that others cannot use, got mode 0666/);
    chmodSync(path, 0o660);
    assert.ok(await (await remote(path)).key('node'));
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await assert.rejects(RemoteSigner.at(file), /file: expected the socket of a signer, got another file/);
    await assert.rejects(RemoteSigner.at(`${file}.gone`), { code: 'ENOENT' });
  });
});
