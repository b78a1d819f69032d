import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { sealKey } from '../../src/crypto/keystore.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { addressOf, startTestNode } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { unreliableProxy, type Mishap } from '../support/unreliableProxy.js';
import { commandLines, type Ended } from './corrente.js';

// Who pays in the tests of `corrente send`, by a key file, through a proxy that loses what it is told to lose.

export const home = temporaryFolder();
export const network = testNetwork();
export const node = await startTestNode({ network });
export const proxy = await unreliableProxy(node.url);
after(() => proxy.close());
export const run = commandLines(home);
export const env = { CORRENTE_PASSPHRASE: 'correct horse', CORRENTE_NODE: proxy.url };
export const payer = testAccount(1);
export const to = addressOf(network, testAccount(5));
export const outbox = join(home, 'key.json.outbox');
writeFileSync(join(home, 'key.json'), JSON.stringify(await sealKey(payer, env.CORRENTE_PASSPHRASE)), { mode: 0o600 });
export const mine = () => node.admin('mutation { mineBlocks { __typename } }');

export const isSend = (body: string) => body.includes('addTransactions(');
/** The mishap happens to the first request that carries a payment. */
export function once(mishap: Mishap, matches = isSend): void {
  let happened = false;
  proxy.mishap = (body) => {
    if (happened || !matches(body)) return 'none';
    happened = true;
    return mishap;
  };
}

export const send = (amount: string, ...more: string[]): Promise<Ended> =>
  run(['send', '--to', to, '--amount', amount, '--key', 'key.json', ...more], env);
export const kept = () => readdirSync(outbox).filter((name) => name.endsWith('.json'));
export const idOf = ({ stdout }: Ended) => /^accepted {3}([0-9a-f]{64})$/m.exec(stdout)?.[1];

/** Base units that the recipient has, with what is pending. */
export async function received(): Promise<bigint> {
  await mine();
  const { balance } = await node.ask<{ balance: { confirmed: string } }>(
    'query ($address: Address!) { balance(address: $address) { confirmed } }',
    { address: to },
  );
  return BigInt(balance.confirmed);
}
