import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import * as client from '../../src/client/client.js';

const entry = fileURLToPath(new URL('../../src/client/client.js', import.meta.url));
const pieces: { code: string; imports: string[] }[] = [];

before(async () => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry, formats: ['iife'], name: 'corrente', fileName: 'client' } },
  });
  assert.ok(Array.isArray(built));
  for (const { output } of built) for (const piece of output) if (piece.type === 'chunk') pieces.push(piece);
});

/** Value of an expression in the bundle, in an environment that has the parts of a browser and nothing of Node. */
function evaluate(expression: string): unknown {
  const browser = { TextEncoder, TextDecoder, URL, AbortController, AbortSignal, fetch, setTimeout, clearTimeout };
  const context = createContext({ ...browser, crypto: webcrypto, self: { crypto: webcrypto } });
  runInContext(pieces[0]!.code, context);
  assert.equal(runInContext('typeof process + typeof Buffer + typeof require', context), 'undefined'.repeat(3));
  return JSON.parse(runInContext(`JSON.stringify((() => { ${expression} })())`, context) as string) as unknown;
}

describe('the client bundled for a browser', () => {
  it('is one file that asks for nothing of Node', () => {
    assert.equal(pieces.length, 1);
    const [{ code, imports }] = pieces as [(typeof pieces)[0]];
    assert.deepEqual(imports, []);
    assert.doesNotMatch(code, /(from|import|require)\s*\(?\s*["'`](node:|crypto|fs|buffer)/);
    // The server's libraries would make it ten times as large.
    assert.ok(gzipSync(code).length < 64 * 1024, `${gzipSync(code).length} bytes compressed`);
  });

  it('knows the same network, hash by hash', () => {
    const { chainId } = client.developmentNetwork();
    assert.equal(evaluate('return corrente.toHex(corrente.developmentNetwork().chainId)'), client.toHex(chainId));
  });

  it('makes keys, and signs the same bytes as the client in Node', () => {
    const use = (corrente: typeof client): unknown => {
      const network = corrente.developmentNetwork();
      const [from, to] = [corrente.developmentAccount(0), corrente.developmentAccount(1)];
      const transfer = corrente.createTransaction({
        chainId: corrente.toHex(network.chainId),
        sender: corrente.encodeAddress('cordev', from.publicKey),
        recipient: corrente.encodeAddress('cordev', to.publicKey),
        amount: 150_000_000n,
        nonce: 3n,
        memo: 'grüße',
      });
      return { ...corrente.sign(transfer, from), lengths: corrente.generateKeyPair().seed.length };
    };
    assert.deepEqual(evaluate(`return (${use.toString()})(corrente)`), use(client));
  });

  it('has every name of the client', () => {
    assert.deepEqual(evaluate('return Object.keys(corrente).sort()'), Object.keys(client).sort());
  });
});
