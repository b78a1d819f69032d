import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, isObjectType, isScalarType, isSpecifiedScalarType, parse } from 'graphql';
import ts from 'typescript';
import { testAccount } from '../support/blocks.js';
import { addressOf, startTestNode } from '../support/node.js';
import { packageFolder } from '../support/packageFolder.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const root = packageFolder();
const page = readFileSync(join(root, 'docs/client.md'), 'utf8');
const sdl = readFileSync(join(root, 'schema.graphql'), 'utf8');
const types = Object.values(buildSchema(sdl).getTypeMap()).filter(({ name }) => !name.startsWith('__'));

/** The block of the page that holds this text. */
function block(text: string): string {
  const found = [...page.matchAll(/^```(?:ts|js)\n(.*?)^```$/gms)].filter((match) => match[1]!.includes(text));
  assert.equal(found.length, 1, text);
  return found[0]![1]!;
}

/** Runs a block of the page, then more, as a program beside a node that mines all the while; returns its output, one JSON value. */
async function run(text: string, more: string): Promise<Record<string, unknown>> {
  const node = await startTestNode();
  const mine = () => node.admin('mutation { mineBlocks(count: 1) { __typename } }');
  await mine();
  const folder = temporaryFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const program = `${block(text)}\n${more}`.replaceAll('127.0.0.1:4000', new URL(node.url).host);
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  writeFileSync(join(folder, 'program.mjs'), ts.transpileModule(program, { compilerOptions }).outputText);
  // Browsers, and Node from version 22 on, have one.
  writeFileSync(join(folder, 'socket.mjs'), "import { WebSocket } from 'undici'; globalThis.WebSocket = WebSocket;");
  const args = ['--import', './socket.mjs', 'program.mjs', addressOf(node.network, testAccount(9))];
  const running = promisify(execFile)(process.execPath, args, { cwd: folder, timeout: 60_000 });
  const ended = running.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, setTimeout(200, false)]))) await mine();
  const { stdout, stderr } = await running;
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Record<string, unknown>;
}

const BALANCE = 'query ($address: Address!) { balance(address: $address) { id confirmed asOf { id height } } }';
const CHANGED = 'subscription ($address: Address!) { balanceChanged(address: $address) { id confirmed } }';
const LOOK = `{
  genesis: block(height: 0) { id hash }
  chain {
    id
    genesis { id height }
    tips { status block { id } }
    blocks(first: 1) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
  }
  balances(first: 1) { nodes { id confirmed } totalCount }
  mempool { size }
  nodeInfo { id sync { status } }
  peers { id status }
}`;

describe('docs/client.md, caches and generated clients', () => {
  it('graphql-codegen: every scalar is a string, and the client preset knows each field', async () => {
    const { default: config } = (await import(
      `data:text/javascript,${encodeURIComponent(block('// codegen.config.js'))}`
    )) as { default: { config: { scalars: Record<string, string> } } };
    const scalars = types.filter((type) => isScalarType(type) && !isSpecifiedScalarType(type)).map(({ name }) => name);
    assert.deepEqual(Object.keys(config.config.scalars).sort(), scalars.sort());
    const account = BALANCE.replace('query', 'query Account');
    const sections = await preset.buildGeneratesSection({
      ...{ baseOutputDir: 'gql/', schema: parse(sdl), schemaAst: buildSchema(sdl), config: config.config },
      documents: [{ location: 'a.graphql', rawSDL: account, document: parse(account) }],
      ...{ presetConfig: {}, plugins: [], pluginMap: {}, pluginContext: {} },
    });
    const graphql = sections.find(({ filename }) => filename.endsWith('graphql.ts'))!;
    const generated = await codegen(graphql);
    assert.match(generated, /AccountQueryVariables = Exact<\{\s*address: string;/);
    assert.match(
      generated,
      /AccountQuery = \{ balance: \{ id: string, confirmed: string, asOf: \{ id: string, height: number \} \} \};/,
    );
  });

  it('Apollo Client: one object is one in the cache, and a subscription changes the query that holds it', async () => {
    const { keys, seen } = await run(
      "from '@apollo/client'",
      `
      import { gql } from '@apollo/client';
      const variables = { address: process.argv[2] };
      await client.query({ query: gql(${JSON.stringify(LOOK)}) });
      const keys = Object.keys(client.cache.extract());
      const seen = [];
      client.watchQuery({ query: gql(${JSON.stringify(BALANCE)}), variables }).subscribe(({ data }) => {
        if (data?.balance) seen.push(data.balance.confirmed);
        if (new Set(seen).size < 2) return;
        console.log(JSON.stringify({ keys, seen }));
        process.exit();
      });
      client.subscribe({ query: gql(${JSON.stringify(CHANGED)}), variables }).subscribe(() => undefined);`,
    );
    const named = (type: string) => (keys as string[]).filter((key) => key.startsWith(`${type}:`)).length;
    assert.deepEqual(
      ['Chain', 'NodeInfo', 'Mempool', 'Balance'].map((type) => named(type)),
      [1, 1, 1, 1],
    );
    // Genesis and the tip, which the query has under two names each.
    assert.equal(named('Block'), 2, (keys as string[]).join(' '));
    const [before, after] = (seen as string[]).slice(-2).map(BigInt);
    assert.ok(after! > before!);
  });

  it('urql: Graphcache has a key for all, without a warning, and a subscription changes the query', async () => {
    const { seen, blocks } = await run(
      "from '@urql/exchange-graphcache'",
      `
      import { gql } from '@urql/core';
      const variables = { address: process.argv[2] };
      const { data: look, error } = await client.query(gql(${JSON.stringify(LOOK)}), {}).toPromise();
      if (error) throw error;
      const seen = [];
      client.query(gql(${JSON.stringify(BALANCE)}), variables).subscribe(({ data, error }) => {
        if (error) throw error;
        seen.push(data.balance.confirmed);
        if (new Set(seen).size < 2) return;
        console.log(JSON.stringify({ seen, blocks: look.chain.blocks.edges.length }));
        process.exit();
      });
      client.subscription(gql(${JSON.stringify(CHANGED)}), variables).subscribe(({ error }) => {
        if (error) throw error;
      });`,
    );
    assert.equal(blocks, 1);
    const [before, after] = (seen as string[]).slice(-2).map(BigInt);
    assert.ok(after! > before!);
    // Each new type of the schema has an id, or is listed here as one without.
    const parts = /const parts = \[(.*?)\]/s.exec(block("from '@urql/exchange-graphcache'"))![1]!;
    const keyless = types.filter(
      (type) =>
        isObjectType(type) &&
        !type.getFields()['id'] &&
        !/^(Query|Mutation|Subscription|Mempool|Wallet|PageInfo)$|(Connection|Edge)$/.test(type.name),
    );
    assert.deepEqual(
      [...parts.matchAll(/'(\w+)'/g)].map((match) => match[1]!).sort(),
      keyless.map(({ name }) => name).sort(),
    );
  });
});
