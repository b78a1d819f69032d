import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import pretty from 'pino-pretty';
import { withoutUnseen } from '../../src/cli/terminal.js';

const UNSEEN = ['\u202e', '\u2066', '\u200b', '\ufeff', '\u061c', '\u00ad', '\u0085', '\u2028', '\u{e0041}'];

/** Text of one entry in a log of this format. */
function written(format: 'json' | 'pretty', details: object, message: string): string {
  let text = '';
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const destination = format === 'json' ? sink : pretty({ destination: sink, sync: true, singleLine: true });
  pino({ base: null, hooks: { streamWrite: (entry) => withoutUnseen(entry, format) } }, destination).info(
    details,
    message,
  );
  return text;
}

describe('the log shows invisible characters', () => {
  for (const character of UNSEEN) {
    const name = character.codePointAt(0)!.toString(16);
    it(`threat log-injection: U+${name}, in a stranger’s name and in a message, in both formats`, () => {
      const value = `a${character}b`;
      for (const format of ['json', 'pretty'] as const) {
        const text = written(format, { peer: value }, `from ${value}`);
        assert.ok(!text.includes(character), format);
        assert.match(text, /a\\u[0-9a-f]{4}/, format);
        assert.equal(text.trimEnd().split('\n').length, 1, format);
      }
      const entry = JSON.parse(written('json', { peer: value }, value)) as Record<string, unknown>;
      assert.deepEqual([entry['peer'], entry['msg']], [value, value], 'the entry says the same');
    });
  }
});
