/** Operations of the whole-node tests. */
export interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly alreadyKnown?: boolean;
  readonly onBestChain?: boolean;
  readonly transaction?: { readonly id: string };
  readonly block?: { readonly hash: string; readonly height: number };
  readonly deliveries?: readonly Delivered[];
}

export interface Delivered {
  readonly outcome: string;
  readonly peer: { readonly url: string };
  readonly rejected?: { readonly code: string };
}

export const ADD = `mutation ($t: AddTransactionInput!) { outcome: addTransaction(transaction: $t) {
  __typename ... on TransactionAccepted { alreadyKnown transaction { id } } ... on Rejected { code message } } }`;
export const ADD_WITH_DELIVERIES = `mutation ($t: AddTransactionInput!) { outcome: addTransaction(transaction: $t) {
  __typename ... on TransactionAccepted { alreadyKnown deliveries { outcome peer { url } rejected { code } } }
  ... on Rejected { code message } } }`;
export const RECEIVE = `mutation ($t: SignedTransactionInput!) { outcome: receiveBroadcastTransaction(transaction: $t) {
  __typename ... on TransactionAccepted { alreadyKnown transaction { id } } ... on Rejected { code message } } }`;
export const RECEIVE_BLOCK = `mutation ($b: BlockInput!) { outcome: receiveBroadcastBlock(block: $b) {
  __typename ... on BlockAccepted { alreadyKnown onBestChain block { hash height } } ... on Rejected { code message } } }`;
export const MINE = `mutation ($count: Int! = 1) { outcomes: mineBlocks(count: $count) {
  __typename ... on BlockAccepted { onBestChain block { hash height } } ... on Rejected { code message } } }`;
export const ADD_PEER = 'mutation ($url: PeerUrl!) { addPeer(url: $url) { url status } }';
export const BALANCE = `query ($address: Address!) { balance(address: $address) {
  confirmed available incoming nonce nextNonce asOf { hash height } } }`;
export const CHAIN = 'query { chain { id height work tip { hash } } mempool { size } }';
export const STATUS = `query ($id: Hash!) { transaction(id: $id) { id status { __typename
  ... on TransactionConfirmed { confirmations index block { hash } } ... on TransactionDropped { reason { code } } } } }`;
