import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Publication, type Reader } from '../../../src/node/workers/publication.js';

/** A reader that notes what it is told. */
function reader() {
  const told: string[] = [];
  const self: Reader & { readonly told: string[] } = {
    told,
    news: (number) => void told.push(`news ${number}`),
    visible: (number) => void told.push(`visible ${number}`),
  };
  return self;
}

async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  let settled = promise === undefined;
  void promise?.then(() => (settled = true));
  await turn();
  return settled;
}

describe('news for readers in other processes', () => {
  it('are everywhere once every reader has applied them, and each reader is told when', async () => {
    const publication = new Publication();
    const [a, b] = [reader(), reader()];
    for (const one of [a, b]) publication.applied(one, publication.join(one));
    for (const { told } of [a, b]) told.length = 0;
    publication.publish({});
    publication.publish({});
    const everywhere = publication.everywhere();
    publication.applied(a, 2);
    publication.applied(b, 1);
    assert.equal(await isSettled(everywhere), false);
    assert.deepEqual(a.told, ['news 1', 'news 2', 'visible 1']);
    publication.applied(b, 2);
    assert.equal(await isSettled(everywhere), true);
    assert.deepEqual(b.told, ['news 1', 'news 2', 'visible 1', 'visible 2']);
    assert.equal(publication.everywhere(), undefined);
  });

  it('wait for one that joins, and not for one that has left', async () => {
    const publication = new Publication();
    const [a, b] = [reader(), reader()];
    publication.applied(a, publication.join(a));
    publication.publish({});
    publication.applied(a, 1);
    const number = publication.join(b);
    const everywhere = publication.everywhere();
    assert.equal(await isSettled(everywhere), false);
    publication.applied(b, number);
    assert.equal(await isSettled(everywhere), true);
    publication.publish({});
    publication.applied(a, 2);
    const waits = publication.everywhere();
    assert.equal(await isSettled(waits), false);
    publication.leave(b);
    assert.equal(await isSettled(waits), true);
  });

  it('tell for how long a reader has not moved', () => {
    const publication = new Publication();
    const a = reader();
    publication.applied(a, publication.join(a));
    publication.tick();
    assert.equal(publication.ticksBehind(a), 0);
    publication.publish({});
    publication.tick();
    publication.tick();
    assert.equal(publication.ticksBehind(a), 2);
    publication.applied(a, 1);
    assert.equal(publication.ticksBehind(a), 0);
  });
});
