import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, startTestNode, transactionInput } from '../support/node.js';
import { ADD_PEER } from '../support/operations.js';
import { scrape } from '../support/scrape.js';
import { testAccount, transfer } from '../support/blocks.js';

const ADD =
  'mutation ($transactions: [SignedTransactionInput!]!) { addTransactions(transactions: $transactions) { __typename } }';
const MINE = 'mutation ($count: Int!) { mineBlocks(count: $count) { __typename } }';

describe('the metrics of a node', () => {
  it('count its work, and show its state', async () => {
    const node = await startTestNode();
    const pay = (nonce: number, amount: bigint) =>
      transactionInput(
        node.network,
        transfer({ network: node.network, from: testAccount(0), to: testAccount(1), amount, nonce }),
      );
    const transactions = [pay(0, 1n), pay(0, 1n), pay(1, 10n ** 18n), pay(3, 1n)];
    await node.ask(ADD, { transactions });
    const before = await scrape(node);
    const expected = {
      corrente_chain_height: 0,
      corrente_mempool_transactions: 2,
      corrente_mempool_held_back_transactions: 1,
      'corrente_transactions_accepted_total{source="client"}': 2,
      'corrente_transactions_known_total{source="client"}': 1,
      'corrente_transactions_rejected_total{source="client",code="INSUFFICIENT_FUNDS"}': 1,
      'corrente_commit_duration_seconds_count{database="node"}': 1,
      'corrente_transaction_stage_seconds_count{stage="verify"}': 1,
      'corrente_transaction_stage_seconds_count{stage="wait"}': 1,
      'corrente_transaction_stage_seconds_count{stage="write"}': 1,
      corrente_transaction_confirmation_seconds_count: 0,
      'corrente_queue_items{queue="signatures"}': 0,
      'corrente_queue_items{queue="admission"}': 0,
      'corrente_queue_items{queue="relay"}': 0,
      'corrente_http_requests_total{route="/graphql",status="200"}': 1,
      'corrente_http_request_duration_seconds_count{route="/graphql"}': 1,
      'corrente_sync_status{status="SYNCED"}': 1,
      'corrente_sync_status{status="SYNCING"}': 0,
      'corrente_sync_status{status="BEHIND"}': 0,
      corrente_standstill: 0,
      corrente_sync_behind_blocks: 0,
      corrente_ready: 1,
      'corrente_peers{status="CONNECTED"}': 0,
      corrente_verifier_queue_signatures: 0,
      corrente_admin_refused_total: 0,
      // An alert that counts events sees the first one only of a series that was there before.
      'corrente_commit_failures_total{database="chain"}': 0,
      'corrente_commit_failures_total{database="node"}': 0,
      'corrente_http_requests_total{route="/graphql",status="500"}': 0,
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(before.get(name), value, name);

    await assert.rejects(node.ask(MINE, { count: 3 }), /admin\.token/);
    await node.admin(MINE, { count: 3 });
    const after = await scrape(node);
    const changed = {
      corrente_chain_height: 3,
      corrente_blocks_connected_total: 3,
      'corrente_blocks_offered_total{outcome="connected",code=""}': 3,
      corrente_mempool_transactions: 1,
      'corrente_commit_duration_seconds_count{database="chain"}': 3,
      'corrente_admin_operations_total{operation="mineBlocks",outcome="done"}': 1,
      corrente_admin_refused_total: 1,
      corrente_reorganization_depth_blocks_count: 0,
      corrente_transaction_confirmation_seconds_count: 1,
    };
    for (const [name, value] of Object.entries(changed)) assert.equal(after.get(name), value, name);
    for (const name of [
      'corrente_database_file_bytes{database="chain"}',
      'corrente_database_used_bytes{database="node"}',
      'corrente_database_live_bytes{database="chain"}',
      'corrente_database_views{database="chain"}',
      'corrente_disk_free_bytes',
      'corrente_disk_total_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
    ]) {
      assert.ok(after.get(name)! > 0, name);
    }
  });

  it('show how long peers take, and what holds the event loop', async () => {
    const receiver = await startTestNode();
    const node = await startTestNode();
    await node.admin(ADD_PEER, { url: receiver.url });
    const { network } = node;
    const transaction = transfer({ network, from: testAccount(0), to: testAccount(1), amount: 1n, nonce: 0 });
    await node.ask(ADD, { transactions: [transactionInput(network, transaction)] });
    const metrics = await eventually(
      () => scrape(node),
      (found) =>
        found.has('corrente_relay_duration_seconds_count{content="transactions",outcome="answered"}') &&
        found.get('corrente_event_loop_lag_seconds_count')! > 0,
    );
    assert.equal(metrics.get('corrente_relay_duration_seconds_count{content="transactions",outcome="answered"}'), 1);
  });

  it('do not count downloaded blocks as blocks that came by themselves', async () => {
    const [light, heavy] = [await startTestNode(), await startTestNode()];
    await light.admin(MINE, { count: 2 });
    await heavy.admin(MINE, { count: 4 });
    await light.admin(ADD_PEER, { url: heavy.url });
    await light.admin('mutation { resolveConflicts { replaced } }');
    const metrics = await scrape(light);
    assert.equal(metrics.get('corrente_chain_height'), 4);
    assert.deepEqual(
      [...metrics].filter(([name]) => name.startsWith('corrente_blocks_offered_total')),
      [['corrente_blocks_offered_total{outcome="connected",code=""}', 2]],
    );
  });
});
