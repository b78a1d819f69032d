import type { Access, Scope } from '../../src/graphql/access.js';
import { Executor } from '../../src/graphql/execution/executor.js';
import type { Context } from '../../src/graphql/context.js';
import { RequestView, STRANGER_WORK, TRUSTED_WORK } from '../../src/graphql/requestView.js';
import { createSchema } from '../../src/graphql/schema.js';
import { encodeAddress } from '../../src/crypto/address.js';
import { toHex } from '../../src/crypto/bytes.js';
import type { Transaction } from '../../src/consensus/transaction.js';
import type { Services } from '../../src/graphql/services.js';
import { testServices } from './testServices.js';

/** An answer as a client sees it. */
export interface Answer {
  readonly data: unknown;
  readonly errors: readonly { message: string; extensions: Record<string, unknown> }[];
}

export interface Caller extends Pick<Context, 'carries'> {
  /** Scopes of an admin token; true for all. */
  readonly admin?: boolean | readonly Scope[];
  readonly giver?: string;
}

/** The whole API without HTTP, on testServices. */
export function testApi(overrides: Partial<Services> = {}) {
  const parts = testServices(overrides);
  const { services, network } = parts;
  const logged: { details: unknown; message: unknown }[] = [];
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (details: unknown, message?: unknown) => void logged.push({ details, message }),
  };
  const executor = new Executor({ schema: createSchema(network), logger });
  const execute = async (
    query: string,
    variables: Record<string, unknown> = {},
    caller: Caller = {},
  ): Promise<Answer> => {
    const isTrusted = caller.admin !== undefined || caller.giver !== undefined;
    const view = new RequestView(services, isTrusted ? TRUSTED_WORK : STRANGER_WORK);
    try {
      const { admin: isAdmin = false, giver, carries } = caller;
      const admin: Access | undefined =
        isAdmin === false ? undefined : { token: 'admin', scopes: isAdmin === true ? ['all'] : isAdmin };
      const contextValue = { services, view, giver, from: '127.0.0.1', admin, ...(carries && { carries }) };
      const { data, errors = [] } = await executor.execute({ query, variables }, contextValue);
      return JSON.parse(JSON.stringify({ data: data ?? null, errors })) as Answer;
    } finally {
      view.release();
    }
  };
  /** Data of an answer without errors. */
  const ask = async (query: string, variables?: Record<string, unknown>, caller?: Caller): Promise<unknown> => {
    const { data, errors } = await execute(query, variables, caller);
    if (errors.length > 0) throw new Error(`expected no errors, got ${JSON.stringify(errors)}`);
    return data;
  };
  const address = (publicKey: Uint8Array) => encodeAddress(network.addressPrefix, publicKey);
  /** The transaction as SignedTransactionInput. */
  const input = (transaction: Transaction) => ({
    sender: address(transaction.sender),
    recipient: address(transaction.recipient),
    amount: transaction.amount.toString(),
    fee: transaction.fee.toString(),
    nonce: transaction.nonce.toString(),
    memo: transaction.memo,
    signature: toHex(transaction.signature),
  });
  return { ...parts, execute, ask, address, input, logged };
}

/** The part of an answer at a path; throws if it is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let part: unknown = value;
  for (const [depth, key] of path.entries()) {
    if (typeof part !== 'object' || part === null || !(key in part)) {
      throw new Error(`expected ${path.slice(0, depth + 1).join('.')} in ${JSON.stringify(value)}`);
    }
    part = (part as Record<string | number, unknown>)[key];
  }
  return part;
}
