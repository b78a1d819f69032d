import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Members } from '../../src/node/members.js';
import { silentLogger, type LogLine } from '../support/logger.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const [ANNA, BEN, STRANGER] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];

function listOf(text: string): string {
  const file = join(temporaryFolder(), 'members.txt');
  writeFileSync(file, text);
  return file;
}

describe('the list of members', () => {
  it('admits everybody where there is none', async () => {
    const members = await Members.open(undefined, silentLogger());
    assert.deepEqual([members.admits(STRANGER), members.admits(undefined)], [true, true]);
    await members.reload();
    assert.equal(members.admits(STRANGER), true);
  });

  it('admits the ids of its lines and nobody else, also none without a proven id', async () => {
    const text = `\uFEFF# Our network\r\n\r\n${ANNA.toUpperCase()}  # Anna\r\n\t${BEN}`;
    const members = await Members.open(listOf(text), silentLogger());
    assert.deepEqual(
      [ANNA, BEN, STRANGER, undefined].map((id) => members.admits(id)),
      [true, true, false, false],
    );
  });

  it('admits nobody when it is empty', async () => {
    const members = await Members.open(listOf('# nobody yet\n'), silentLogger());
    assert.deepEqual([members.admits(ANNA), members.admits(undefined)], [false, false]);
  });

  for (const [title, line] of [
    ['is too short', 'ab12'],
    ['has other signs', 'g'.repeat(64)],
    ['has two ids', `${ANNA} ${BEN}`],
    ['is a URL', 'https://node.example/graphql'],
  ] as const) {
    it(`is refused with the line that ${title}`, async () => {
      const file = listOf(`${BEN}\n\n${line}\n`);
      await assert.rejects(Members.open(file, silentLogger()), (error: Error) => {
        assert.equal(error.name, 'RangeError');
        assert.ok(
          error.message.startsWith(`${file}: line 3: expected a node id of 64 hexadecimal digits`),
          error.message,
        );
        assert.ok(error.message.includes(JSON.stringify(line.slice(0, 100))));
        return true;
      });
    });
  }

  it('is refused when there is no such file', async () => {
    const file = join(temporaryFolder(), 'none.txt');
    await assert.rejects(
      Members.open(file, silentLogger()),
      /none\.txt: expected a list of node ids, got no such file$/,
    );
  });

  it('is read again, and stays as it was where that fails', async () => {
    const file = listOf(ANNA);
    const lines: LogLine[] = [];
    const members = await Members.open(file, silentLogger(lines));
    let changes = 0;
    members.changed.on(() => changes++);
    writeFileSync(file, BEN);
    await members.reload();
    assert.deepEqual([members.admits(ANNA), members.admits(BEN), changes], [false, true, 1]);
    writeFileSync(file, 'nonsense');
    await members.reload();
    rmSync(file);
    await members.reload();
    assert.deepEqual([members.admits(ANNA), members.admits(BEN), changes], [false, true, 1]);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      [
        'this node deals with the listed nodes alone',
        'this node deals with the listed nodes alone',
        'the list of members stays as it was',
        'the list of members stays as it was',
      ],
    );
  });
});
