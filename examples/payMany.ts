/**
 * Pays many accounts with one request, and prints the outcome of each payment. Base units, not coins:
 *
 *   node dist/examples/payMany.js http://127.0.0.1:4000/graphql ADDRESS=AMOUNT…
 *
 * It spends from development account 1. To pay a whole file, each line exactly once, see `corrente send --batch`.
 */
import {
  AccountDocument,
  CorrenteClient,
  createTransaction,
  developmentAccount,
  developmentNetwork,
  encodeAddress,
  RequestError,
  SendTransactionsDocument,
  sign,
  toHex,
} from 'corrente/client';

// What is to be expected, such as a node that is not there, is one line; the stack of anything else shows where to look.
process.once('uncaughtException', (error) => {
  const isExpected = error instanceof RequestError || error instanceof RangeError;
  console.error(isExpected ? `error: ${error.message}` : error);
  process.exit(1);
});

const [url = '', ...payments] = process.argv.slice(2);
const network = developmentNetwork();
const payer = developmentAccount(1);
const sender = encodeAddress(network.addressPrefix, payer.publicKey);

const node = new CorrenteClient({ url });
const { balance } = await node.request(AccountDocument, { address: sender });
const transfers = payments.map((payment, index) => {
  const [recipient = '', amount = ''] = payment.split('=');
  const nonce = BigInt(balance.nextNonce) + BigInt(index);
  const fields = { chainId: toHex(network.chainId), sender, recipient, amount: BigInt(amount), nonce };
  return sign(createTransaction(fields), payer);
});

// At most 1,000 in one request, and at most 64 of one sender pending.
const { addTransactions } = await node.request(SendTransactionsDocument, {
  transactions: transfers.map(({ input }) => input),
});
for (const [index, outcome] of addTransactions.entries()) {
  const { id, input } = transfers[index]!;
  switch (outcome.__typename) {
    case 'TransactionAccepted':
      console.log(`accepted  ${id}  ${input.amount} to ${input.recipient}`);
      break;
    case 'Rejected':
      console.log(`rejected  ${id}  ${outcome.code}: ${outcome.message}`);
      process.exitCode = 1;
      break;
  }
}
