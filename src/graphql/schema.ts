import 'reflect-metadata';
import {
  getNamedType,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isCompositeType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import { buildSchemaSync, getMetadataStorage, type PubSub } from 'type-graphql';
import { requireScope, type Scope } from './access.js';
import type { Context } from './context.js';
import { codeOf } from './errors.js';
import { FIELD_PRICES } from './prices.js';
import { ChainResolver } from './resolvers/chain.js';
import { BlockResolver } from './resolvers/blocks.js';
import { RejectedResolver, TransactionConfirmedResolver, TransactionResolver } from './resolvers/transactions.js';
import { AccountResolver } from './resolvers/accounts.js';
import { MempoolResolver } from './resolvers/mempool.js';
import { BlockAcceptedResolver, MiningResolver, OfferResolver, RelayResolver } from './resolvers/incomingBlocks.js';
import { CompactBlockResolver } from './resolvers/compactBlocks.js';
import { NodeResolver } from './resolvers/node.js';
import { OperatorResolver } from './resolvers/operator.js';
import { WalletResolver } from './resolvers/wallet.js';
import { SubscriptionResolver } from './resolvers/subscriptions.js';
import { Address, addressScalar } from './types/scalars.js';
import type { Network } from '../consensus/network.js';
import { encodeAddress } from '../crypto/address.js';

/** The executable schema of a node whose network has this address prefix. Its SDL is the same for every network. */
export function createSchema({ addressPrefix }: { readonly addressPrefix: string }): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ChainResolver,
      BlockResolver,
      TransactionResolver,
      TransactionConfirmedResolver,
      AccountResolver,
      MempoolResolver,
      RelayResolver,
      CompactBlockResolver,
      BlockAcceptedResolver,
      MiningResolver,
      OfferResolver,
      NodeResolver,
      WalletResolver,
      RejectedResolver,
      OperatorResolver,
      SubscriptionResolver,
    ],
    pubSub: NO_TOPICS,
    scalarsMap: [{ type: Address, scalar: addressScalar(addressPrefix) }],
    validate: false,
    authChecker: ({ context: { admin } }: { context: Context }, scopes: Scope[]) => {
      for (const scope of scopes) requireScope(admin, scope);
      return true;
    },
  });
  const mutation = schema.getMutationType()!;
  schema.getQueryType()!.description = 'Everything that can be read. One request sees one state of the chain.';
  mutation.description = 'Everything that can be changed. Several in one request run one after another.';
  schema.getSubscriptionType()!.description =
    'Everything that can be followed, over a WebSocket at /graphql or an event stream at /graphql/stream. Each event is resolved on a state of the chain of its own.';
  auditAdmin(schema);
  for (const field of Object.values(mutation.getFields())) {
    const resolve = field.resolve!;
    field.resolve = (source, args, context: Context, info) => {
      context.view.renew();
      context.view.rest();
      return resolve(source, args, context, info);
    };
  }
  takeTurns(schema);
  return schema;
}

/** Microseconds: what takes less does not ask for its turn, which would take longer than itself. */
const LONG_COST = 10;

/** Makes whatever reads an object, or takes long, wait for its turn, so that a long answer lets others be answered meanwhile. */
function takeTurns(schema: GraphQLSchema): void {
  const roots: readonly unknown[] = [schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type) || roots.includes(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const isLong =
        isCompositeType(getNamedType(field.type)) || (FIELD_PRICES[`${type.name}.${field.name}`] ?? 0) >= LONG_COST;
      if (field.resolve && isLong) field.resolve = inTurn(field.resolve);
    }
  }
}

function inTurn(resolve: GraphQLFieldResolver<unknown, Context>): GraphQLFieldResolver<unknown, Context> {
  return (source, args, context, info) => {
    const { view } = context;
    const turn = view.turn();
    if (turn) return turn.then(() => resolve(source, args, context, info));
    const result = resolve(source, args, context, info);
    if (result instanceof Promise) view.rest();
    return result;
  };
}

/** type-graphql asks for one wherever there are subscriptions; here each makes a stream of its own. */
const NO_TOPICS: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('no subscription has topics');
  },
};

/** Makes every operation that only the operator may do report to `context.services.audit`: each mutation, and whatever is refused. */
function auditAdmin(schema: GraphQLSchema): void {
  const authorized = new Set(getMetadataStorage().authorizedFields.map(({ fieldName }) => fieldName));
  for (const type of [schema.getQueryType()!, schema.getMutationType()!]) {
    const isRead = type === schema.getQueryType();
    for (const field of Object.values(type.getFields())) {
      if (authorized.has(field.name)) field.resolve = audited(field.name, field.resolve!, isRead, () => true);
      // Without a signature it is the node's wallet that pays.
      else if (field.name === 'addTransaction') {
        field.resolve = audited(
          field.name,
          field.resolve!,
          isRead,
          ({ transaction }) => transaction?.signature == null,
        );
      }
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, Context, Arguments>;
type Arguments = Record<string, unknown> & { readonly transaction?: Readonly<Record<string, unknown>> };

function audited(operation: string, resolve: Resolve, isRead: boolean, isAdmin: (args: Arguments) => boolean): Resolve {
  return (source, args, context, info) => {
    if (!isAdmin(args)) return resolve(source, args, context, info);
    return report({ operation, isRead, args, context }, async () => await resolve(source, args, context, info));
  };
}

interface Asked {
  readonly operation: string;
  readonly isRead: boolean;
  readonly args: Arguments;
  readonly context: Context;
}

async function report({ operation, isRead, args, context }: Asked, run: () => Promise<unknown>): Promise<unknown> {
  const { services, from, admin } = context;
  const record = (outcome: string) => {
    if (outcome === 'UNAUTHENTICATED' || outcome === 'FORBIDDEN') {
      services.audit.refused({ operation, from, token: admin?.token });
      return;
    }
    if (!isRead) {
      const given = describe({ ...args, ...args.transaction }, services.network);
      services.audit.performed({ operation, token: admin?.token, from, arguments: given, outcome });
    }
  };
  try {
    const result = await run();
    record(outcomeOf(result));
    return result;
  } catch (error) {
    record(codeOf(error));
    throw error;
  }
}

/** Of several results, the last: the mutations that have several stop at the first that is refused. */
function outcomeOf(result: unknown): string {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  return last !== null && typeof last === 'object' && 'code' in last ? String(last.code) : 'done';
}

/** The arguments that are known to be no secret, as people write them; any other is left out. */
function describe(args: Readonly<Record<string, unknown>>, { addressPrefix }: Network): Record<string, unknown> {
  const shown = SHOWN_ARGUMENTS.filter((name) => args[name] != null).map((name) => {
    const value = args[name];
    if (value instanceof Uint8Array) return [name, encodeAddress(addressPrefix, value)];
    return [name, typeof value === 'bigint' ? `${value}` : value];
  });
  return Object.fromEntries(shown) as Record<string, unknown>;
}

const SHOWN_ARGUMENTS = ['url', 'count', 'recipient', 'amount', 'fee'];
