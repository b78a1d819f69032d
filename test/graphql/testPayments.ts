import { testAccount, testNetwork, transfer } from '../support/blocks.js';

export const network = testNetwork();
export const alice = testAccount(0);
export const bob = testAccount(1);
export const payment = transfer({ network, from: alice, to: bob, amount: 5n, nonce: 0 });

export const RESULT =
  '{ __typename ... on TransactionAccepted { transaction { id } alreadyKnown } ... on Rejected { code message } }';
export const ADD = `mutation ($transaction: AddTransactionInput!) { addTransaction(transaction: $transaction) ${RESULT} }`;
export const RECEIVE = `mutation ($transaction: SignedTransactionInput!) { receiveBroadcastTransaction(transaction: $transaction) ${RESULT} }`;
export const CHECK = `query ($transaction: SignedTransactionInput!) { checkTransaction(transaction: $transaction) { __typename ... on TransactionValid { id availableAfter } ... on Rejected { code message } } }`;
