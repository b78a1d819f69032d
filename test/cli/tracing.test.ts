import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { startLocalNode, type LocalNode } from '../../examples/localNode.js';
import { developmentAccount, developmentNetwork } from '../../src/consensus/network.js';
import { keyPairFromSeed } from '../../src/crypto/ed25519.js';
import { localSigner } from '../../src/wallet/signer.js';
import { transfer } from '../support/blocks.js';
import { sealedHeaders } from '../support/envelope.js';
import { eventually, transactionInput } from '../support/node.js';
import { ADD_PEER } from '../support/operations.js';
import { scrape } from '../support/scrape.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

interface Span {
  /** Of the process that sent it. */
  readonly node: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string }[];
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'node'>[] }[];
  }[];
}

const SUBMIT =
  'mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) { __typename } }';
const network = developmentNetwork();
const spans: Span[] = [];
const resources = new Set<string>();
const collected: IncomingHttpHeaders[] = [];
const home = temporaryFolder();
const nodes: LocalNode[] = [];

/** What a collector does: takes what comes to /v1/traces. */
const collector = createServer((request, response) => {
  collected.push(request.headers);
  void json(request).then((body) => {
    for (const { resource, scopeSpans } of (body as Export).resourceSpans) {
      for (const { key } of resource.attributes) resources.add(key);
      const node = resource.attributes.find(({ key }) => key === 'service.instance.id')!.value.stringValue;
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, node });
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
});

/** A node that is started with these variables. */
async function start(
  name: string,
  variables: Record<string, string>,
  onLog?: (line: string) => void,
): Promise<LocalNode> {
  const { env } = process;
  process.env = { ...env, ...variables };
  const node = await startLocalNode({
    data: join(home, name),
    // One has API workers: a trace goes on through its two processes.
    args: ['--outbound', '0', ...(name === 'second' ? ['--api-workers', '1'] : [])],
    ...(onLog && { onLog }),
  });
  process.env = env;
  return node;
}

function payment(nonce: number) {
  const [from, to] = [developmentAccount(0), developmentAccount(1)];
  return transactionInput(network, transfer({ network, from, to, amount: 1n, fee: 1_000n, nonce }));
}

function submission(nonce: number): string {
  return JSON.stringify({ query: SUBMIT, variables: { transaction: payment(nonce) } });
}

async function post(node: LocalNode, nonce: number, headers: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: submission(nonce),
  });
  assert.deepEqual(await answer.json(), { data: { addTransaction: { __typename: 'TransactionAccepted' } } });
}

describe('traces', () => {
  before(async () => {
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    for (const name of ['first', 'second', 'third']) {
      nodes.push(
        await start(name, {
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
          OTEL_EXPORTER_OTLP_HEADERS: 'x-collector=ours',
          OTEL_BSP_SCHEDULE_DELAY: '100',
          OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${name}`,
        }),
      );
    }
    const [first, second, third] = nodes as [LocalNode, LocalNode, LocalNode];
    // Both ways: only a peer's trace is gone on with.
    for (const [one, other] of [
      [first, second],
      [second, third],
    ] as const) {
      await one.ask(ADD_PEER, { url: other.url });
      await other.ask(ADD_PEER, { url: one.url });
    }
  });

  after(async () => {
    for (const node of nodes) await node.stop('SIGKILL');
    collector.close();
  });

  it('follow one transfer over three processes to a collector, and to its block', async () => {
    const [first, , third] = nodes as [LocalNode, LocalNode, LocalNode];
    await post(first, 0);
    await eventually(
      () => third.ask<{ mempool: { size: number } }>('{ mempool { size } }'),
      ({ mempool }) => mempool.size === 1,
    );
    await third.ask('mutation { mineBlocks(count: 1) { __typename } }');
    const admitted = () => spans.filter(({ name }) => name === 'admit');
    await eventually(
      () => Promise.resolve(spans.map(({ node, name }) => `${node}: ${name}`)),
      (seen) => seen.includes('third: pending') && admitted().length === 3,
    );
    const traces = new Set(admitted().map(({ traceId }) => traceId));
    assert.equal(traces.size, 1);
    const trace = spans.filter(({ traceId }) => traces.has(traceId));
    const chain: string[] = [];
    // From the last admission back to the client's request.
    let span = trace.find(({ node, name }) => node === 'third' && name === 'admit');
    while (span) {
      const { node, name, parentSpanId } = span;
      chain.unshift(`${node}: ${name}`);
      span = trace.find(({ spanId }) => spanId === parentSpanId);
    }
    assert.deepEqual(chain, [
      'first: POST /graphql',
      'first: admit',
      'first: relay',
      'second: POST /graphql',
      'second: admit',
      'second: relay',
      'third: POST /graphql',
      'third: admit',
    ]);
    for (const node of ['first', 'second', 'third']) {
      const names = trace.filter((one) => one.node === node).map(({ name }) => name);
      for (const stage of ['verify', 'wait', 'write']) assert.ok(names.includes(stage), `${node}: ${stage}`);
    }
  });

  it('tell the collector what it needs, and not the arguments of the program', () => {
    assert.ok(collected.every((headers) => headers['x-collector'] === 'ours'));
    assert.ok(resources.has('service.version'));
    assert.deepEqual(
      [...resources].filter((name) => name.startsWith('process.')),
      [],
    );
  });

  it('threat traced-by-strangers: a client’s traceparent is named, and decides nothing', async () => {
    const [first] = nodes as [LocalNode];
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    // Not sampled: were it followed, nothing would be recorded.
    const traceparent = `00-${traceId}-b7ad6b7169203331-00`;
    await post(first, 1, { traceparent });
    // Anybody can make a key and sign: that makes no peer.
    const key = localSigner(keyPairFromSeed(new Uint8Array(32).fill(7)));
    const { nodeInfo } = await first.ask<{ nodeInfo: { id: string } }>('{ nodeInfo { id } }');
    const sealed = await sealedHeaders(submission(2), { key, receiver: nodeInfo.id, chainId: network.chainId });
    await post(first, 2, { traceparent, ...sealed });
    const linked = () => spans.filter(({ links }) => links?.some((link) => link.traceId === traceId));
    await eventually(
      () => Promise.resolve(linked()),
      (found) => found.length === 2,
    );
    for (const span of linked()) assert.notEqual(span.traceId, traceId);
    assert.deepEqual(
      spans.filter((span) => span.traceId === traceId),
      [],
    );
  });

  it('without a collector lose nothing but themselves: the log says so once', async () => {
    const log: string[] = [];
    const variables = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
    const node = await start('alone', variables, (line) => log.push(line));
    nodes.push(node);
    const complaints = () => log.filter((line) => line.includes('traces do not reach their collector'));
    for (let nonce = 0; nonce < 3; nonce++) await post(node, nonce);
    await eventually(
      () => Promise.resolve(complaints()),
      (found) => found.length === 1,
      30_000,
    );
    assert.equal((await scrape(node)).get('corrente_mempool_transactions'), 3);
    await node.stop();
    assert.equal(node.process.exitCode, 0);
    assert.equal(complaints().length, 1);
  });
});
