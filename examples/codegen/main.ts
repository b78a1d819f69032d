// A client that knows nothing of this project but its schema: node dist/main.js URL ADDRESS [TRANSACTION-ID]
import { GraphQLClient } from 'graphql-request';
import { FindDocument, OverviewDocument, type FindQuery } from './generated.js';

const [url = 'http://127.0.0.1:4000/graphql', address = '', id] = process.argv.slice(2);
const client = new GraphQLClient(url);

const { chain, balance } = await client.request(OverviewDocument, { address });
console.log(`${chain.network} ${chain.height}: ${address} can spend ${balance.available}`);

if (id !== undefined) {
  const { transaction } = await client.request(FindDocument, { id });
  console.log(transaction ? `${transaction.amount}: ${said(transaction.status)}` : 'unknown');
}

// No default: if the schema adds a status, this is a compile error and not a surprise.
function said(status: NonNullable<FindQuery['transaction']>['status']): string {
  switch (status.__typename) {
    case 'TransactionPending':
      return 'pending';
    case 'TransactionQueued':
      return `waits for nonce ${status.missingNonce}`;
    case 'TransactionConfirmed':
      return `in block ${status.block.height}, ${status.confirmations} confirmations`;
    case 'TransactionDropped':
      return `dropped: ${status.reason.code}`;
  }
}
