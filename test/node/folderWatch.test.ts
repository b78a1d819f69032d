import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { FolderWatch } from '../../src/node/monitor.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { startTestNode } from '../support/node.js';
import { scrape } from '../support/scrape.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

describe('a data folder that is taken away under a running node', () => {
  it('is one line when it goes and one when it is back, however long that lasts', () => {
    const log: LogLine[] = [];
    const folder = `${temporaryFolder()}/data`;
    renameSync(temporaryFolder(), folder);
    const watch = new FolderWatch({ folder }, { log: silentLogger(log) });
    watch.tick();
    assert.ok(watch.freeBytes() > 0);
    renameSync(folder, `${folder}.away`);
    for (let second = 0; second < 3; second++) watch.tick();
    assert.deepEqual([log.length, log[0]?.msg], [1, 'the data folder cannot be opened']);
    assert.match(String(log[0]?.['reason']), /ENOENT/);
    assert.ok(Number.isNaN(watch.freeBytes()));
    renameSync(`${folder}.away`, folder);
    for (let second = 0; second < 3; second++) watch.tick();
    assert.deepEqual([log.length, log[1]?.msg], [2, 'the data folder can be opened again']);
  });

  for (const [how, leave] of [
    ['is gone', () => undefined],
    ['cannot be looked at', (data: string) => symlinkSync(data, data)],
  ] as const) {
    it(`makes the node not ready while it ${how}, and breaks neither its answer nor its metrics`, async () => {
      const data = `${temporaryFolder()}/data`;
      const node = await startTestNode({ data });
      const ready = async () => {
        const reply = await fetch(new URL('/readyz', node.url));
        const { reasons = [] } = (await reply.json()) as { reasons?: { code: string }[] };
        return [reply.status, ...reasons.map(({ code }) => code)];
      };
      assert.deepEqual(await ready(), [200]);
      renameSync(data, `${data}.away`);
      leave(data);
      assert.deepEqual(await ready(), [503, 'STORAGE_FAILED']);
      const metrics = await scrape(node);
      assert.equal(metrics.get('corrente_ready'), 0);
      assert.ok(metrics.get('corrente_database_file_bytes{database="chain"}')! > 0);
      rmSync(data, { force: true });
      renameSync(`${data}.away`, data);
      assert.deepEqual(await ready(), [200]);
    });
  }
});
