/**
 * Follows a transaction of a development network until a block has it, and then checks the proof, without trust in the node:
 *
 *   node dist/examples/follow.js http://127.0.0.1:4000/graphql TRANSACTION-ID
 */
import { confirm, CorrenteClient, developmentNetwork, provePayment, RequestError } from 'corrente/client';

// What is to be expected, such as a node that is not there, is one line; the stack of anything else shows where to look.
process.once('uncaughtException', (error) => {
  const isExpected = error instanceof RequestError || error instanceof RangeError;
  console.error(isExpected ? `error: ${error.message}` : error);
  process.exit(1);
});

const [url = '', id = ''] = process.argv.slice(2);
const node = new CorrenteClient({ url });

const outcome = await confirm({ node }, { id, timeoutMs: 60_000 });
switch (outcome.status) {
  case 'confirmed':
    console.log(`confirmed  block ${outcome.block.height}, transaction ${outcome.index}`);
    break;
  case 'dropped':
    console.error(`dropped: ${outcome.code}: ${outcome.message}`);
    process.exit(1);
  case 'pending':
    console.error('in no block after a minute');
    process.exit(1);
}

const proof = await provePayment({ node }, { network: developmentNetwork(), id, now: Date.now() });
switch (proof.status) {
  case 'proved':
    console.log(
      `proved     ${proof.transaction.amount} base units, ${proof.confirmations} confirmations, ${proof.work} tries`,
    );
    break;
  case 'unconfirmed':
    console.error('the block left the best chain: ask again');
    process.exit(1);
  case 'invalidChain':
    console.error(`the node shows a chain that breaks a rule: ${proof.rejection.code}`);
    process.exit(1);
  case 'invalidProof':
    console.error(`the node’s proof is wrong: ${proof.fault}`);
    process.exit(1);
}
