import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FormattedExecutionResult, Sink } from 'graphql-ws/client';
import { subscription } from '../../src/client/subscription.js';

/** A connection whose answers a test gives, and how often a subscription was given up. */
function fakeSocket() {
  let sink: Sink<FormattedExecutionResult> | undefined;
  let ended = 0;
  return {
    url: 'http://node.example/graphql',
    socket: {
      subscribe: (_payload: unknown, given: Sink<never>) => {
        sink = given;
        return () => {
          ended++;
        };
      },
    },
    tell: (answer: number) => sink!.next({ data: { answer } }),
    complete: () => sink!.complete(),
    ended: () => ended,
  };
}

interface Answer {
  readonly answer: number;
}

describe('a subscription', () => {
  it('gives values that came while nobody waited, in order, and then completes', async () => {
    const fake = fakeSocket();
    const answers = subscription<Answer>({ query: '' }, fake);
    const first = answers.next();
    for (let answer = 0; answer < 4_000; answer++) fake.tell(answer);
    fake.complete();
    assert.deepEqual((await first).value, { answer: 0 });
    let read = 1;
    for await (const { answer } of answers) assert.equal(answer, read++);
    assert.deepEqual([read, fake.ended()], [4_000, 1]);
  });

  it('SLOW_CONSUMER: 4,096 answers wait, and one more comes', async () => {
    const fake = fakeSocket();
    const answers = subscription<Answer>({ query: '' }, fake);
    const first = answers.next();
    for (let answer = 0; answer < 4_097; answer++) fake.tell(answer);
    await first;
    // Waiting values still come.
    for (let read = 1; read < 4_096; read++) assert.equal((await answers.next()).value?.answer, read);
    await assert.rejects(answers.next(), { name: 'RequestError', code: 'SLOW_CONSUMER' });
    assert.equal(fake.ended(), 1);
  });

  it('is given up when its signal aborts, also before it began, and when its reader leaves', async () => {
    const fake = fakeSocket();
    const controller = new AbortController();
    const waiting = subscription<Answer>({ query: '' }, fake, controller.signal).next();
    controller.abort();
    assert.equal((await waiting).done, true);
    assert.equal((await subscription<Answer>({ query: '' }, fake, controller.signal).next()).done, true);
    const left = subscription<Answer>({ query: '' }, fake);
    const first = left.next();
    fake.tell(1);
    await first;
    await left.return();
    assert.equal(fake.ended(), 3);
  });
});
