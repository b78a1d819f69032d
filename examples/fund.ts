/**
 * Gives coins to accounts of a development network, for trying things out, and waits until they have them:
 *
 *   node dist/examples/fund.js http://127.0.0.1:4000/graphql ADDRESS…
 */
import {
  AccountDocument,
  COIN,
  CorrenteClient,
  createTransaction,
  developmentAccount,
  developmentNetwork,
  encodeAddress,
  RequestError,
  sendAndConfirm,
  sign,
  toHex,
} from 'corrente/client';

// What is to be expected, such as a node that is not there, is one line; the stack of anything else shows where to look.
process.once('uncaughtException', (error) => {
  const isExpected = error instanceof RequestError || error instanceof RangeError;
  console.error(isExpected ? `error: ${error.message}` : error);
  process.exit(1);
});

const [url = '', ...recipients] = process.argv.slice(2);
const network = developmentNetwork();
const faucet = developmentAccount(0);
const sender = encodeAddress(network.addressPrefix, faucet.publicKey);

const node = new CorrenteClient({ url });
const { balance } = await node.request(AccountDocument, { address: sender });
const transfers = recipients.map((recipient, index) => {
  const nonce = BigInt(balance.nextNonce) + BigInt(index);
  const fields = { chainId: toHex(network.chainId), sender, recipient, amount: 10n * COIN, nonce };
  return sign(createTransaction(fields), faucet);
});
// One after another: a missing nonce would hold the next ones back.
for (const transfer of transfers) {
  const outcome = await sendAndConfirm({ node }, { transfer });
  switch (outcome.status) {
    case 'confirmed':
      console.log(`10 coins to ${transfer.input.recipient} in block ${outcome.block.height}`);
      break;
    case 'rejected':
    case 'dropped':
      console.error(`${outcome.status}: ${outcome.code}: ${outcome.message}`);
      process.exit(1);
    case 'pending':
      console.error(`${transfer.id} is in no block: does the node mine?`);
      process.exit(1);
  }
}
