import {
  createTransaction,
  developmentAccount,
  developmentNetwork,
  encodeAddress,
  sign,
  toHex,
} from '../src/client/client.ts';
import { ask } from './fetcher.js';

/**
 * Values for the placeholders of the examples: accounts of the node's network. On the development network, whose keys everybody knows, also
 * a transfer of account 9, signed for its next nonce, since others may have sent from it before.
 */
export async function networkFacts() {
  const { chain, balances } = await answer(FACTS);
  const network = developmentNetwork();
  const [account = chain.tip.miner, payee = account] = balances.nodes.map(({ address }) => address);
  if (chain.id !== toHex(network.chainId)) return { ACCOUNT: account, PAYEE: payee };

  const addressOf = (index) => encodeAddress(network.addressPrefix, developmentAccount(index).publicKey);
  const [sender, recipient] = [addressOf(9), addressOf(1)];
  const { balance } = await answer(NEXT_NONCE, { address: sender });
  const transfer = createTransaction({
    chainId: chain.id,
    sender,
    recipient,
    amount: 150_000_000n,
    nonce: BigInt(balance.nextNonce),
    memo: 'from the browser',
  });
  const { input } = sign(transfer, developmentAccount(9));
  return {
    ACCOUNT: addressOf(0),
    PAYEE: recipient,
    SENDER: sender,
    NONCE: input.nonce,
    SIGNATURE: input.signature,
  };
}

async function answer(query, variables) {
  const { data, errors } = await ask({ query, variables }, new Headers());
  if (!data) throw new Error(`expected the facts of the network, got ${JSON.stringify(errors)}`);
  return data;
}

const FACTS = `query NetworkFacts {
  chain { id tip { miner } }
  balances(first: 2) { nodes { address } }
}`;
const NEXT_NONCE = 'query NextNonce($address: Address!) { balance(address: $address) { nextNonce } }';
