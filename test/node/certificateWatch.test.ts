import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CertificateWatch } from '../../src/node/certificateWatch.js';
import { silentLogger, type LogLine } from '../support/logger.js';

const DAY_MS = 86_400_000;

/** A watch of a certificate that ends after so many days. */
async function watched(days: number | undefined) {
  const lines: LogLine[] = [];
  const time = { now: 0, end: days, fails: false };
  const clock = { now: () => time.now, elapsed: () => time.now };
  const renew = () => {
    if (time.fails) return Promise.reject(new RangeError('no certificate'));
    return Promise.resolve(time.end === undefined ? undefined : new Date(time.end * DAY_MS));
  };
  const watch = new CertificateWatch({ renew, clock, log: silentLogger(lines) });
  await watch.start();
  /** Ticks each hour of so many days. */
  const pass = (days: number): void => {
    for (const until = time.now + days * DAY_MS; time.now < until; time.now += DAY_MS / 24) watch.tick();
  };
  return { watch, time, pass, said: () => lines.map(({ msg }) => msg) };
}

const SOON = 'the TLS certificate ends soon: renew it, then send SIGHUP';
const ENDED = 'the TLS certificate has ended: clients and peers refuse this node';
const AGAIN = 'the TLS certificate was read again';

describe('the watch of a TLS certificate', () => {
  it('warns once a day in its last two weeks, and after its end', async () => {
    const { pass, said } = await watched(16);
    pass(2);
    assert.deepEqual(said(), []);
    pass(14);
    assert.deepEqual(said(), Array<string>(14).fill(SOON));
    pass(2);
    assert.deepEqual(said().slice(14), [ENDED, ENDED]);
  });

  it('knows the end of the one that is used, for the metrics', async () => {
    const { watch, time } = await watched(16);
    assert.equal(watch.validUntil?.getTime(), 16 * DAY_MS);
    time.end = 90;
    await watch.reload();
    assert.equal(watch.validUntil.getTime(), 90 * DAY_MS);
    assert.equal((await watched(undefined)).watch.validUntil, undefined);
  });

  it('is silent again once a new one was read', async () => {
    const { watch, time, pass, said } = await watched(5);
    pass(1);
    time.end = 90;
    await watch.reload();
    pass(10);
    assert.deepEqual(said(), [SOON, AGAIN]);
  });

  it('goes on warning of the old one where the new one cannot be read', async () => {
    const { watch, time, pass, said } = await watched(5);
    pass(1);
    time.fails = true;
    await watch.reload();
    pass(2);
    assert.deepEqual(said(), [SOON, 'the TLS certificate stays as it was', SOON, SOON]);
  });

  it('has nothing to say of a node without TLS', async () => {
    const { watch, pass, said } = await watched(undefined);
    await watch.reload();
    pass(3);
    assert.deepEqual(said(), []);
  });
});
