/**
 * `corrente/client`: everything that a program needs to use a node and to check what it says. Runs in Node and in browsers; what a node
 * does with its data is not here.
 */
export { CorrenteClient, type CorrenteClientOptions } from './correnteClient.js';
export type { NodeConnection, Subscribe } from './nodeConnection.js';
export { RequestError } from './requestError.js';
export * from './operations.js';

export { createTransaction, sign } from './transfer.js';
export type { SignedTransfer, TransferFields, UnsignedTransfer } from './transfer.js';
export { confirm, type Confirmation, type ConfirmOptions } from './confirm.js';
export { InDoubtError, sendAndConfirm, type TransferOutcome } from './sendAndConfirm.js';
export { followBlocks, type FollowOptions } from './followBlocks.js';
export { followPeers } from './followPeers.js';
export { followTransactions } from './followTransactions.js';

export { HeaderChain } from './headerChain.js';
export { readHeader } from './readHeader.js';
export { syncHeaders, type SyncHeadersOptions } from './syncHeaders.js';
export { verifyProof, type InclusionProof, type ProofFault, type ProvenTransaction } from './verifyProof.js';
export { provePayment, type PaymentProof } from './provePayment.js';

export { formatCoins, parseCoins } from './coins.js';
export { decodeAddress, encodeAddress } from '../crypto/address.js';
export { fromHex, toHex } from '../crypto/bytes.js';
export { openKeyFile, sealKeyFile } from './keyFile.js';
export { MIN_PASSPHRASE } from '../crypto/keystore.js';
export { seedOfWords, wordsOfSeed } from '../crypto/seedWords.js';
export { generateKeyPair, keyPairFromSeed, type KeyPair } from '../crypto/ed25519.js';
export { COIN, createNetwork, developmentAccount, developmentNetwork } from '../consensus/network.js';
export { readNetworkFile } from '../consensus/networkFile.js';
export type { Allocation, Network, NetworkParameters } from '../consensus/network.js';
export type { BlockHeader } from '../consensus/block.js';
export { describeRejection, type Rejection } from '../consensus/rejection.js';
