import { type Measurable, type Pair, type samplesOf, times } from './priceSamples.js';

/** Fields of the roots, and what is not measured eight times in each object: named by `Type.field` and what it is. */
export function rootPairs({
  hash,
  ids,
  hashes,
  body,
  address,
  headers,
  page,
  transactions,
  balances,
  fresh,
  sent,
  batch,
  packed,
  announced,
  interest,
  single,
  checked,
  checking,
  headerInput,
}: ReturnType<typeof samplesOf>): Pair[] {
  const alone = (name: string, query: string, variables?: Measurable['variables'], isCold = false): Pair => ({
    name,
    with: { query, isCold, ...(variables && { variables }) },
    without: { query: '{ __typename }' },
  });
  const each = (count: number, field: (index: number) => string) =>
    `{ ${Array.from({ length: count }, (_, i) => `a${i}: ${field(i)}`).join(' ')} }`;
  const mutations = (count: number, field: string) => `mutation { ${times(count, field)} }`;
  const result = '{ __typename }';
  return [
    alone(
      'Query.chain',
      each(200, () => 'chain { height }'),
    ),
    alone(
      'Query.block',
      each(100, (i) => `block(height: ${i}) { height }`),
    ),
    alone('Query.blocks', `{ blocks(hashes: ${JSON.stringify(hashes)}) { height } }`),
    alone(
      'Query.transaction',
      each(100, (i) => `transaction(id: "${ids[i]}") { nonce }`),
    ),
    alone(
      'Query.transaction with status',
      each(100, (i) => `transaction(id: "${ids[i]}") { status { __typename } }`),
    ),
    alone('Query.checkTransaction', checking('id'), checked),
    alone(
      'Query.balance',
      each(100, (i) => `balance(address: "${address(i)}") { nonce }`),
    ),
    alone('Query.balances of addresses', balances('nodes { nonce }')),
    alone('Query.balances', `{ ${times(4, 'balances(first: 100) { nodes { nonce } }')} }`),
    alone(
      'Query.mempool',
      each(200, () => 'mempool { size }'),
    ),
    alone(
      'Query.mempool from the first',
      `{ mempool { ${times(4, 'transactions(first: 100) { nodes { nonce } }')} } }`,
    ),
    alone('Query.mempool from the last', `{ mempool { ${times(4, 'transactions(last: 100) { nodes { nonce } }')} } }`),
    alone(
      'Query.nodeInfo',
      each(200, () => 'nodeInfo { mining }'),
    ),
    alone(
      'Query.peers',
      each(5, () => 'peers { queued }'),
    ),
    alone(
      'Query.vitals',
      each(200, () => 'vitals { memoryBytes }'),
    ),
    alone('Query.log', '{ log(last: 500) { level } }'),
    alone(
      'Query.spenders',
      each(50, () => 'spenders { left }'),
    ),
    alone(
      'Query.wallet',
      each(200, () => 'wallet { locked }'),
    ),
    alone('Chain.headersAfter', headers('height')),
    alone('Chain.blocks', `{ chain { ${times(4, 'blocks(first: 100) { nodes { height } }')} } }`),
    alone('Block.transactions', transactions('nonce')),
    alone('Balance.transactions', balances('nodes { transactions(first: 10) { nodes { nonce } } }')),
    alone('edges', page(100, 2, (fields) => `edges { cursor node { ${fields} } }`)('nonce')),
    alone('Block.reward of a full block', '{ block(height: 1) { reward } }', undefined, true),
    alone('Block.body of a full block', `{ blocks(hashes: ["${hash}"]) { body } }`, undefined, true),
    alone(
      'Transaction.proof of a full block',
      page(1, 1, (fields) => `nodes { ${fields} }`)('proof { index path }'),
      undefined,
      true,
    ),
    alone(
      'Mutation.addTransaction',
      'mutation ($t: AddTransactionInput!) { addTransaction(transaction: $t) { __typename } }',
      single,
    ),
    alone('Mutation.addTransactions', batch('addTransactions', '__typename'), fresh),
    alone(
      'Mutation.receiveBroadcastTransaction',
      'mutation ($t: SignedTransactionInput!) { receiveBroadcastTransaction(transaction: $t) { __typename } }',
      single,
    ),
    alone('Mutation.receiveBroadcastTransactions', batch('receiveBroadcastTransactions', '__typename'), fresh),
    alone(
      'Mutation.receiveBroadcastPackedTransactions',
      'mutation ($t: Base64!) { receiveBroadcastPackedTransactions(transactions: $t) { __typename } }',
      packed,
    ),
    alone(
      'Mutation.receiveBroadcastBlock of 500 transactions',
      'mutation ($b: BlockInput!) { receiveBroadcastBlock(block: $b) { __typename } }',
      () => ({ b: { ...headerInput, transactions: Array.from({ length: 500 }, (_, i) => sent[i % sent.length]) } }),
    ),
    alone('Mutation.receiveBroadcastTransactionIds', interest('__typename')),
    alone(
      'Mutation.receiveBroadcastCompactBlock of 10,000 transactions',
      'mutation ($b: CompactBlockInput!) { receiveBroadcastCompactBlock(block: $b) { __typename } }',
      announced,
    ),
    alone(
      'Mutation.receiveBroadcastBlockTransactions',
      `mutation ($t: Base64!) { receiveBroadcastBlockTransactions(hash: "${hash}", transactions: $t) { __typename } }`,
      packed,
    ),
    alone(
      'Mutation.receiveBroadcastHeaders with 500',
      'mutation ($h: [BlockHeaderInput!]!) { receiveBroadcastHeaders(offer: "a", headers: $h) { __typename } }',
      () => ({ h: Array.from({ length: 500 }, () => ({ ...headerInput, transactionCount: 0 })) }),
    ),
    alone(
      'Mutation.receiveBroadcastBodies of 256 KiB',
      'mutation ($b: [BlockBodyInput!]!) { receiveBroadcastBodies(offer: "a", bodies: $b) { __typename } }',
      () => ({ b: [{ hash, body }] }),
    ),
    alone('Mutation.mineBlocks', mutations(1, `mineBlocks(count: 100) ${result}`)),
    alone('Mutation.startMining', mutations(150, 'startMining { mining }')),
    alone('Mutation.stopMining', mutations(150, 'stopMining { mining }')),
    alone('Mutation.resolveConflicts', mutations(150, 'resolveConflicts { replaced }')),
    alone('Mutation.addPeer', mutations(150, 'addPeer(url: "http://127.0.0.1:1/graphql") { queued }')),
    alone('Mutation.removePeer', mutations(150, 'removePeer(url: "http://127.0.0.1:1/graphql")')),
    alone('Mutation.createWallet', mutations(150, `createWallet(passphrase: "12345678") ${result}`)),
    alone('Mutation.unlockWallet', mutations(150, `unlockWallet(passphrase: "12345678") ${result}`)),
    alone('Mutation.lockWallet', mutations(150, `lockWallet ${result}`)),
    // To begin one; its events are priced like what queries answer.
    alone('Subscription.blockAdded', 'subscription { blockAdded(afterHeight: 1) { height } }'),
    alone('Subscription.chainReorganized', 'subscription { chainReorganized { connected } }'),
    alone('Subscription.transactionAdded', `subscription { transactionAdded(address: "${address(1)}") { nonce } }`),
    alone('Subscription.transactionStatus', `subscription { transactionStatus(id: "${ids[0]}") { __typename } }`),
    alone('Subscription.balanceChanged', `subscription { balanceChanged(address: "${address(1)}") { nonce } }`),
    alone('Subscription.peerChanged', 'subscription { peerChanged { queued } }'),
  ];
}
