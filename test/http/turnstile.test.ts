import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TURN_LIMITS, Turnstile, type TurnLimits, type WorkClass } from '../../src/http/load/turnstile.js';

/** A turnstile on a clock that the test moves. `next` is what the event loop does: everything that was put off to the next turn. */
function testTurnstile(limits: Partial<TurnLimits> = {}) {
  let now = 0;
  let hasBlocks = false;
  let putOff: (() => void)[] = [];
  const modules = {
    elapsed: () => now,
    afterOthers: (call: () => void) => void putOff.push(call),
    hasBlocks: () => hasBlocks,
  };
  const turnstile = new Turnstile({ ...TURN_LIMITS, ...limits }, modules);
  /** In the order in which they were begun. */
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const refused: string[] = [];
  const next = async (): Promise<boolean> => {
    const calls = putOff;
    putOff = [];
    for (const call of calls) {
      call();
      // As between two immediates: all that follows without waiting for anything else.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return calls.length > 0;
  };
  return {
    turnstile,
    blocks: (are: boolean) => (hasBlocks = are),
    begun,
    refused,
    /** Asks for a turn; the piece of work takes `ms` and is over then, unless it is to be ended by the test. */
    ask: (name: string, kind: WorkClass = 'read', { from = 'a', ms = 0, stays = false } = {}) => {
      const begin = (end: (() => void) | undefined): void => {
        if (!end) {
          refused.push(name);
          return;
        }
        begun.push(name);
        now += ms;
        if (stays) ends.set(name, end);
        else end();
      };
      const turn = turnstile.take({ kind, from });
      if (turn instanceof Promise) void turn.then(begin);
      else begin(turn);
    },
    end: (name: string) => ends.get(name)!(),
    pass: (milliseconds: number) => (now += milliseconds),
    next,
    /** Until nothing is put off. */
    settle: async () => {
      while (await next());
    },
  };
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('a turn', () => {
  it('is there at once while nobody waits', () => {
    const { ask, begun } = testTurnstile();
    ask('one');
    ask('two');
    assert.deepEqual(begun, ['one', 'two']);
  });

  it('ends, so that everything else is looked at, before more is begun', async () => {
    const { ask, begun, next } = testTurnstile({ minTurnMs: 2, maxTurnMs: 2 });
    for (const name of names('r', 7)) ask(name, 'read', { ms: 1 });
    assert.deepEqual(begun, ['r0', 'r1']);
    // The one that sees that some wait, and the next turn.
    await next();
    await next();
    assert.deepEqual(begun, ['r0', 'r1', 'r2', 'r3']);
  });

  it('is short while blocks are at work', async () => {
    const { ask, begun, blocks, pass, next } = testTurnstile({ minTurnMs: 2, maxTurnMs: 8 });
    for (const name of names('r', 20)) ask(name, 'read', { ms: 1 });
    await next();
    const before = begun.length;
    blocks(true);
    pass(10);
    await next();
    assert.equal(begun.length, before + 2);
    blocks(false);
    pass(10);
    await next();
    assert.equal(begun.length, before + 2 + 8);
  });

  it('is a single piece of work while connections come in', async () => {
    const { turnstile, ask, begun, next } = testTurnstile({ minTurnMs: 2, maxTurnMs: 2 });
    for (const name of names('r', 9)) ask(name, 'read', { ms: 1 });
    await next();
    turnstile.hurry();
    await next();
    assert.equal(begun.length, 3);
    await next();
    assert.equal(begun.length, 5);
  });

  it('waits while connections come in until everything else took as long as the last one', async () => {
    const { turnstile, ask, begun, pass, next } = testTurnstile({ minTurnMs: 2, maxTurnMs: 2 });
    for (const name of names('r', 9)) ask(name, 'read', { ms: 1 });
    await next();
    await next();
    const before = begun.length;
    turnstile.hurry();
    await next();
    assert.equal(begun.length, before);
    pass(2);
    turnstile.hurry();
    await next();
    assert.equal(begun.length, before + 1);
  });

  it('comes first to what matters most, and sometimes to what matters least', async () => {
    const { ask, begun, settle } = testTurnstile();
    ask('busy', 'read', { ms: 5 });
    for (const name of names('read', 3)) ask(name, 'read', { ms: 1 });
    for (const name of names('payment', 4)) ask(name, 'submission', { ms: 1 });
    ask('relayed', 'relay', { ms: 1 });
    ask('mine', 'operator', { ms: 1 });
    ask('block', 'sync', { ms: 1 });
    await settle();
    const paid = begun.filter((name) => !name.startsWith('read'));
    assert.deepEqual(paid, ['busy', 'block', 'mine', 'relayed', ...names('payment', 4)]);
    assert.ok(begun.indexOf('read0') < begun.indexOf('payment3'), begun.join(' '));
  });

  it('comes to each sender in turn', async () => {
    const { ask, begun, settle } = testTurnstile();
    ask('busy', 'read', { ms: 5 });
    for (const name of names('many', 6)) ask(name, 'read', { from: 'a' });
    ask('one', 'read', { from: 'b' });
    await settle();
    assert.deepEqual(begun.slice(0, 4), ['busy', 'many0', 'one', 'many1']);
  });

  it('waits while older work of the class is not done, except for a few', async () => {
    const { ask, begun, pass, settle, end } = testTurnstile({ minWorking: 2, workMs: 250 });
    for (const name of names('payment', 3)) ask(name, 'submission', { stays: true });
    assert.equal(begun.length, 3);
    pass(250);
    ask('late', 'submission');
    ask('read', 'read');
    await settle();
    assert.deepEqual(begun, [...names('payment', 3), 'read']);
    end('payment0');
    end('payment1');
    await settle();
    assert.equal(begun.at(-1), 'late');
  });
});

describe('work is refused', () => {
  it('threat flood-of-work: when it would wait too long at the pace of just now, of its class alone', async () => {
    const { ask, begun, refused, next } = testTurnstile({ waitMs: 40, minTurnMs: 1, maxTurnMs: 1 });
    ask('busy', 'read', { ms: 5 });
    for (let turn = 0; turn < 40; turn++) {
      // Four times what is done in that time.
      for (const name of names(`r${turn}-`, 8)) ask(name, 'read', { ms: 1 });
      await next();
      await next();
    }
    assert.ok(refused.length > 100, `${refused.length} refused`);
    assert.ok(begun.length >= 40, `${begun.length} begun`);
    const before = refused.length;
    ask('payment', 'submission');
    assert.equal(refused.length, before);
  });

  it('when the first that waits has waited too long', () => {
    const { ask, refused, pass } = testTurnstile({ minWorking: 1, workMs: 0, minWaiting: 2, waitMs: 40 });
    ask('at work', 'submission', { stays: true });
    ask('first', 'submission');
    ask('second', 'submission');
    pass(41);
    ask('third', 'submission');
    assert.deepEqual(refused, ['third']);
  });

  it('never while only a few wait, however long: dear work is no overload', () => {
    const { ask, refused, pass } = testTurnstile({ minWorking: 1, workMs: 0, minWaiting: 8 });
    ask('at work', 'submission', { stays: true });
    for (const name of names('p', 8)) {
      ask(name, 'submission');
      pass(1_000);
    }
    assert.deepEqual(refused, []);
  });

  it('threat one-for-all: not of a sender that has less than its share of what waits', () => {
    const { ask, refused, pass } = testTurnstile({ minWorking: 1, workMs: 0, minWaiting: 2, waitMs: 40 });
    ask('at work', 'submission', { stays: true });
    for (const name of names('flood', 20)) ask(name, 'submission', { from: 'a' });
    pass(41);
    ask('honest', 'submission', { from: 'b' });
    ask('flood20', 'submission', { from: 'a' });
    assert.deepEqual(refused, ['flood20']);
  });

  it('when as much waits as may wait at all, whoever sends it', () => {
    const { ask, refused } = testTurnstile({ minWorking: 1, workMs: 0, maxWaiting: 3 });
    ask('at work', 'submission', { stays: true });
    for (const name of names('p', 5)) ask(name, 'submission', { from: name });
    assert.deepEqual(refused, ['p3', 'p4']);
  });

  it('instead of being begun, if this node was held for long and nobody expects the answer any more', async () => {
    const { ask, begun, refused, pass, settle } = testTurnstile({ maxWaitMs: 1_000 });
    ask('busy', 'read', { ms: 5 });
    ask('old', 'read');
    pass(1_001);
    await settle();
    assert.deepEqual([begun, refused], [['busy'], ['old']]);
  });

  it('never for its age, if it is the operator who asks, or a peer for blocks', async () => {
    const { ask, begun, refused, pass, settle } = testTurnstile({ maxWaitMs: 1_000 });
    ask('busy', 'read', { ms: 5 });
    ask('blocks', 'sync');
    ask('status', 'operator');
    pass(1_001);
    await settle();
    assert.deepEqual([begun, refused], [['busy', 'blocks', 'status'], []]);
  });
});
