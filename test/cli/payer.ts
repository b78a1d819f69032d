import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { sealKey } from '../../src/crypto/keystore.js';
import { testAccount, testNetwork } from '../support/blocks.js';
import { addressOf, startTestNode } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { unreliableProxy, type Mishap } from '../support/unreliableProxy.js';
import { commandLines, type Ended } from './corrente.js';

export const isSend = (body: string) => body.includes('addTransactions(');
export const idOf = ({ stdout }: Ended) => /^accepted {3}([0-9a-f]{64})$/m.exec(stdout)?.[1];

/** The payer in the tests of `corrente send`: it has a key file, and a proxy that loses chosen requests and answers. */
// A function, since the runner starts this file, too, which must end then.
export async function startPayer() {
  const home = temporaryFolder();
  const network = testNetwork();
  const node = await startTestNode({ network });
  const proxy = await unreliableProxy(node.url);
  after(() => proxy.close());
  const run = commandLines(home);
  const env = { CORRENTE_PASSPHRASE: 'correct horse', CORRENTE_NODE: proxy.url };
  const payer = testAccount(1);
  const to = addressOf(network, testAccount(5));
  const outbox = join(home, 'key.json.outbox');
  writeFileSync(join(home, 'key.json'), JSON.stringify(await sealKey(payer, env.CORRENTE_PASSPHRASE)), { mode: 0o600 });
  const mine = () => node.admin('mutation { mineBlocks { __typename } }');

  /** The mishap happens to the first request that carries a payment. */
  function once(mishap: Mishap, matches = isSend): void {
    let happened = false;
    proxy.mishap = (body) => {
      if (happened || !matches(body)) return 'none';
      happened = true;
      return mishap;
    };
  }

  const send = (amount: string, ...more: string[]): Promise<Ended> =>
    run(['send', '--to', to, '--amount', amount, '--key', 'key.json', ...more], env);
  const kept = () => readdirSync(outbox).filter((name) => name.endsWith('.json'));

  /** Base units of the recipient, pending payments included. */
  async function received(): Promise<bigint> {
    await mine();
    const { balance } = await node.ask<{ balance: { confirmed: string } }>(
      'query ($address: Address!) { balance(address: $address) { confirmed } }',
      { address: to },
    );
    return BigInt(balance.confirmed);
  }

  return { home, network, node, proxy, run, env, payer, to, outbox, mine, once, send, kept, received };
}
