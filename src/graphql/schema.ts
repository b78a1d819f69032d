import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { auditAdmin } from './auditLog.js';
import type { Context } from './context.js';
import { unauthenticated } from './errors.js';
// In the order of the fields in the SDL: type-graphql prints them as they are loaded.
import { ChainResolver, ChainTipResolver } from './resolvers/chain.js';
import { BlockResolver } from './resolvers/blocks.js';
import { RejectedResolver, TransactionConfirmedResolver, TransactionResolver } from './resolvers/transactions.js';
import { AccountResolver } from './resolvers/accounts.js';
import { MempoolResolver } from './resolvers/mempool.js';
import { BlockAcceptedResolver, RelayResolver } from './resolvers/relay.js';
import { MiningResolver } from './resolvers/mining.js';
import { OfferResolver } from './resolvers/offers.js';
import { NodeResolver, PeerResolver } from './resolvers/node.js';
import { WalletResolver } from './resolvers/wallet.js';
import { SubscriptionResolver } from './resolvers/subscriptions.js';
import { Address, addressScalar } from './types/scalars.js';

/** The executable schema of a node whose network has this address prefix. Its SDL is the same for every network. */
export function createSchema({ addressPrefix }: { readonly addressPrefix: string }): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ChainResolver,
      ChainTipResolver,
      BlockResolver,
      TransactionResolver,
      TransactionConfirmedResolver,
      AccountResolver,
      MempoolResolver,
      RelayResolver,
      BlockAcceptedResolver,
      MiningResolver,
      OfferResolver,
      NodeResolver,
      PeerResolver,
      WalletResolver,
      RejectedResolver,
      SubscriptionResolver,
    ],
    pubSub: NO_TOPICS,
    scalarsMap: [{ type: Address, scalar: addressScalar(addressPrefix) }],
    validate: false,
    authChecker: ({ context }: { context: Context }) => {
      if (context.admin) return true;
      throw unauthenticated();
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
      return resolve(source, args, context, info);
    };
  }
  return schema;
}

/** type-graphql asks for one wherever there are subscriptions; here each makes a stream of its own. */
const NO_TOPICS: PubSub = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('no subscription has topics');
  },
};
