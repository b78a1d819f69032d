import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { httpServer } from '../peers/handwrittenServer.js';
import { startTestNode } from '../support/node.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { corrente } from './corrente.js';

const home = temporaryFolder();

describe('a command', () => {
  it('asks again while the node has too much to do, and says so in the end', async () => {
    let asked = 0;
    const refusal = JSON.stringify({ errors: [{ message: 'too much', extensions: { code: 'OVERLOADED' } }] });
    const url = await httpServer((response) => {
      asked++;
      response.writeHead(503, { 'content-type': 'application/json' }).end(refusal);
    });
    assertRefused(await corrente(['peers', 'list', '--node', url], { home }), 1, /OVERLOADED: too much/);
    assert.equal(asked, 5);
  });

  it('lists the peers of a node that deals with listed nodes alone, with its token', async () => {
    const peersOnly = join(temporaryFolder(), 'members.txt');
    writeFileSync(peersOnly, '');
    const { url, data } = await startTestNode({ peersOnly });
    const list = ['peers', 'list', '--json', '--node', url];
    assertRefused(await corrente(list, { home }), 1, /NOT_A_MEMBER/);
    const { code, stdout } = await corrente([...list, '--data', data], { home });
    assert.deepEqual([code, stdout.trim()], [0, '[]']);
  });
});
