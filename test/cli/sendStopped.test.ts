import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { describe, it } from 'node:test';
import { corrente } from './corrente.js';
import { idOf, isSend, startPayer } from './payer.js';

const { env, home, kept, mine, proxy, send, to } = await startPayer();

describe('corrente send that is stopped', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`${signal} during --wait ends it with 3 and the id`, async () => {
      proxy.mishap = () => 'none';
      const args = ['send', '--to', to, '--amount', '0.00000009', '--key', 'key.json', '--wait'];
      const heard = (stdout: string, child: ChildProcess): void => {
        if (/^accepted .*\n.*\n/.test(stdout)) child.kill(signal);
      };
      const stopped = await corrente(args, { home, env, heard });
      assert.equal(stopped.code, 3, stopped.stderr);
      const id = idOf(stopped)!;
      assert.match(stopped.stderr, new RegExp(`error: ${id} was accepted, .*stopped by ${signal}\\. To find out`));
      await mine();
      const again = await send('0.00000009', '--wait');
      assert.deepEqual([again.code, idOf(again)], [0, id]);
    });
  }

  it('SIGINT before there is an answer ends it with 3 and the id', async () => {
    let child: ChildProcess | undefined;
    proxy.mishap = (body) => {
      if (isSend(body)) child!.kill('SIGINT');
      return isSend(body) ? 'silence' : 'none';
    };
    const args = ['send', '--to', to, '--amount', '0.00000009', '--key', 'key.json'];
    const stopped = await corrente(args, { home, env, started: (process) => (child = process) });
    assert.equal(stopped.code, 3, stopped.stderr);
    assert.match(
      stopped.stderr,
      new RegExp(`error: ${kept()[0]!.slice(0, 64)} may have been taken: stopped by SIGINT`),
    );
    proxy.mishap = () => 'none';
    assert.equal((await send('0.00000009')).code, 0);
  });
});
