/**
 * `corrente/client`: everything that a program needs to use a node and to check its answers. Runs in Node and in browsers; the node itself
 * is not here.
 */
export { CorrenteClient, type CorrenteClientOptions, type NodeConnection, type Subscribe } from './correnteClient.js';
export { RequestError, type RequestFault } from './requests.js';
export * from './operations/public.js';

export { createTransaction, openKeyFile, sealKeyFile, sign } from './transfer.js';
export type { SignedTransfer, TransferFields, UnsignedTransfer } from './transfer.js';
export { confirm, InDoubtError, sendAndConfirm } from './confirm.js';
export type { Confirmation, ConfirmOptions, SendOptions, TransferOutcome, WaitOptions } from './confirm.js';
export { followBlocks, followPeers, followTransactions, type FollowOptions } from './follow.js';

export { readHeader } from './codec.js';
export { HeaderChain, syncHeaders, type SyncHeadersOptions } from './headers.js';
export { provePayment, verifyProof } from './proof.js';
export type { InclusionProof, PaymentProof, ProofFault, ProvenTransaction, ProvePaymentOptions } from './proof.js';

export { formatCoins, parseCoins } from '../consensus/coins.js';
export { decodeAddress, encodeAddress } from '../crypto/address.js';
export { fromHex, toHex } from '../crypto/bytes.js';
export { MIN_PASSPHRASE } from '../crypto/keystore.js';
export { seedOfWords, wordsOfSeed } from '../crypto/seedWords.js';
export { generateKeyPair, keyPairFromSeed, type KeyPair } from '../crypto/ed25519.js';
export { COIN, createNetwork, developmentAccount, developmentNetwork } from '../consensus/network.js';
export { readNetworkFile } from '../consensus/networkFile.js';
export type { Allocation, Network, NetworkParameters } from '../consensus/network.js';
export type { BlockHeader } from '../consensus/block.js';
export { describeRejection, type Rejection } from '../consensus/rejection.js';
