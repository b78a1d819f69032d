import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { LogTail } from '../../src/node/logTail.js';

function tailed() {
  const tail = new LogTail();
  return { tail, log: pino({ base: null, level: 'debug' }, { write: (entry: string) => tail.add(entry) }) };
}

describe('the tail of the log', () => {
  it('has the last lines as the log has them, the oldest first', () => {
    const { tail, log } = tailed();
    log.debug('started');
    log.warn({ peer: 'http://a/graphql', code: 'NONCE_TOO_LOW' }, 'declined');
    log.error({ height: 7 });
    const lines = tail.last(2);
    assert.deepEqual(
      lines.map(({ level, message, details }) => ({ level, message, details })),
      [
        { level: 'warn', message: 'declined', details: '{"peer":"http://a/graphql","code":"NONCE_TOO_LOW"}' },
        { level: 'error', message: '', details: '{"height":7}' },
      ],
    );
    assert.ok(lines.every(({ at }) => Number.isSafeInteger(at)));
    assert.deepEqual(
      tail.last(500).map(({ message }) => message),
      ['started', 'declined', ''],
    );
  });

  it('keeps 500 lines, and a mebibyte of long ones', () => {
    const { tail, log } = tailed();
    for (let line = 0; line < 600; line++) log.info(`line ${line}`);
    const kept = tail.last(1_000);
    assert.deepEqual([kept.length, kept[0]!.message], [500, 'line 100']);
    for (let line = 0; line < 40; line++) log.info('x'.repeat(100_000));
    assert.equal(tail.last(500).length, 10);
  });
});
