/**
 * Follows a transaction of a development network until a block has it, and then checks the proof, without trust in the node:
 *
 *   node dist/examples/follow.js http://127.0.0.1:4000/graphql TRANSACTION-ID
 */
import { confirm, CorrenteClient, developmentNetwork, provePayment } from 'corrente/client';

const [url = '', id = ''] = process.argv.slice(2);
const node = new CorrenteClient({ url });

const outcome = await confirm({ node }, { id, timeoutMs: 60_000 });
switch (outcome.status) {
  case 'confirmed':
    console.log(`confirmed  block ${outcome.block.height}, transaction ${outcome.index}`);
    break;
  case 'dropped':
    throw new Error(`dropped: ${outcome.code}: ${outcome.message}`);
  case 'pending':
    throw new Error('in no block after a minute');
}

const proof = await provePayment({ node }, { network: developmentNetwork(), id, now: Date.now() });
switch (proof.status) {
  case 'proved':
    console.log(
      `proved     ${proof.transaction.amount} base units, ${proof.confirmations} confirmations, ${proof.work} tries`,
    );
    break;
  case 'unconfirmed':
    throw new Error('the block left the best chain: ask again');
  case 'invalidChain':
    throw new Error(`the node shows a chain that breaks a rule: ${proof.rejection.code}`);
  case 'invalidProof':
    throw new Error(`the node’s proof is wrong: ${proof.fault}`);
}
