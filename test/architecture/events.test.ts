import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { nodesOf, parseSource, readSources, type Source } from '../../scripts/sources.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const EVENTS = 'src/node/events.ts';

/** Files that listen elsewhere, to what the node gathered for subscribers, for as long as one subscription lives. */
const LISTENERS = ['src/graphql/live/sources.ts', 'src/graphql/resolvers/subscriptions.ts'];

/**
 * Places where a part of the node listens to another's event. Sockets, streams and processes are told by the name of the event,
 * which their `on` is given first.
 */
function subscriptions({ path, tree }: Source): string[] {
  return [...nodesOf(tree)]
    .filter((node) => ts.isCallExpression(node))
    .filter(({ expression }) => ts.isPropertyAccessExpression(expression) && expression.name.text === 'on')
    .filter(({ arguments: [event] }) => !(event && ts.isStringLiteralLike(event)))
    .map(({ expression }) => expression.getText(tree).replace(/\.on$/, ''))
    .filter((source) => source !== 'process')
    .map((source) => `${path}: ${source}`);
}

describe('architecture: events', () => {
  it('what each part hears of the others is wired in one file', () => {
    const found = readSources(root, 'src').flatMap(subscriptions);
    const isIn = (file: string) => (place: string) => place.startsWith(`${file}: `);
    assert.deepEqual(
      found.filter((place) => ![EVENTS, ...LISTENERS].some((file) => isIn(file)(place))),
      [],
    );
    for (const file of [EVENTS, ...LISTENERS]) assert.ok(found.some(isIn(file)), file);
  });

  it('the check above finds a listener, by account too, and no socket, stream or signal', () => {
    const found = (text: string): string[] => subscriptions(parseSource('src/peers/gossip.ts', text));
    assert.deepEqual(found('chain.tipChanged.on((change) => note(change));'), [
      'src/peers/gossip.ts: chain.tipChanged',
    ]);
    assert.deepEqual(found('class A { #stop = this.#peers.removed.on(forget); }'), [
      'src/peers/gossip.ts: this.#peers.removed',
    ]);
    assert.deepEqual(found('activity.touched.on(address, wake);'), ['src/peers/gossip.ts: activity.touched']);
    assert.deepEqual(
      found("socket.on('message', take); raw.on('close', stop).on('finish', stop); process.on(signal, stop);"),
      [],
    );
  });
});
