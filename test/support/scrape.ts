import assert from 'node:assert/strict';

/** The metrics of a node: each line's value by its name with labels. */
export async function scrape(node: { readonly url: string }): Promise<Map<string, number>> {
  const reply = await fetch(new URL('/metrics', node.url));
  assert.equal(reply.status, 200);
  assert.match(reply.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
  const lines = (await reply.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The names of a node's metrics, of those without a value yet, too. */
export async function scrapeNames(node: { readonly url: string }): Promise<Set<string>> {
  const text = await (await fetch(new URL('/metrics', node.url))).text();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
}
