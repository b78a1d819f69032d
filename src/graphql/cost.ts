import type { ApolloServerPlugin, GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import {
  getVariableValues,
  Kind,
  OperationTypeNode,
  visit,
  type FieldNode,
  type OperationDefinitionNode,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { MAX_SIDE_TIPS } from '../chain/branches.js';
import { MAX_BATCH_TRANSACTIONS, MAX_BODIES, MAX_HEADERS, MAX_PAGE_ITEMS } from '../consensus/protocol.js';
import { MAX_MINED_BLOCKS } from '../mining/miner.js';
import { MAX_PEERS } from '../peers/peerSet.js';
import { DEFAULT_PAGE_SIZE, MAX_LOG_LINES } from './page.js';
import type { Context } from './context.js';
import { badRequestInput, refusedVariable } from './errors.js';

/** Highest cost of an operation. A field costs 1 or its weight; a list multiplies what is selected in it. */
export const MAX_COST = 200_000;

/** Highest cost of one event of a subscription, a block's page of transactions: a thousand subscribers may each want one. */
export const MAX_EVENT_COST = 1_400;

/**
 * Refuses operations that cost too much. The cost is first computed for the worst that variables can make of a document; one
 * that is cheap even then, as nearly all are, is never looked at again.
 */
export function costLimit(): ApolloServerPlugin<Context> {
  const cheap = new WeakMap<OperationDefinitionNode, boolean>();
  return {
    requestDidStart: async () => ({
      didResolveOperation: async (request) => {
        // Undefined where no operation has the name asked for: the stream gate says so.
        const { operation } = request;
        if (operation && !cheap.get(operation)) check(request, operation, cheap);
      },
    }),
  };
}

function check(
  { schema, document, request }: GraphQLRequestContextDidResolveOperation<Context>,
  operation: OperationDefinitionNode,
  cheap: WeakMap<OperationDefinitionNode, boolean>,
): void {
  const variables = request.variables ?? {};
  // Here and not in execution, which would write up to 50 messages that hold the whole value each.
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 });
  if (errors) throw refusedVariable(errors[0]!);
  if (cheap.get(operation)) return;
  const maximum = operation.operation === OperationTypeNode.SUBSCRIPTION ? MAX_EVENT_COST : MAX_COST;
  const options = { schema, variables, ...(operation.name && { operationName: operation.name.value }) };
  if (!cheap.has(operation)) {
    // Without directives, since @include and @skip can only make it cheaper.
    const query = visit(document, { Directive: () => null });
    const worst = getComplexity({ ...options, query, estimators: [WORST_CASE] });
    cheap.set(operation, worst <= maximum);
    if (worst <= maximum) return;
  }
  const cost = getComplexity({ ...options, query: document, estimators: [EXACT] });
  if (cost <= maximum) return;
  throw badRequestInput(`expected an operation that costs at most ${maximum}, got ${cost}: ask for smaller pages`);
}
/** Fixed sizes of plain lists; their arguments are ignored. */
export const LIST_BOUNDS: Readonly<Record<string, number>> = {
  'Query.blocks': MAX_BODIES,
  'Query.peers': MAX_PEERS,
  'Query.log': MAX_LOG_LINES,
  'Vitals.hindrances': 8,
  'Vitals.loopHoldsMs': 60,
  'Vitals.queues': 8,
  'Vitals.databases': 2,
  'Chain.headersAfter': MAX_HEADERS,
  'Chain.tips': MAX_SIDE_TIPS + 1,
  'TransactionAccepted.deliveries': MAX_PEERS,
  'BlockAccepted.deliveries': MAX_PEERS,
  'Resolution.asked': MAX_PEERS,
  'Mutation.addTransactions': MAX_BATCH_TRANSACTIONS,
  'Mutation.receiveBroadcastTransactions': MAX_BATCH_TRANSACTIONS,
  'Mutation.mineBlocks': MAX_MINED_BLOCKS,
};

/** Fields that hash or copy a whole block, or walk a branch. How much of blocks is read is bounded besides: RequestView. */
const WEIGHTS: Readonly<Record<string, number>> = {
  // More than one event may cost: megabytes for each follower of blocks would be too much to hold.
  'Block.body': 1_450,
  'Block.reward': 10,
  'Transaction.proof': 5_000,
  'ChainTip.forkHeight': 100,
  'ChainTip.branchLength': 100,
};

const WORST_CASE = estimator((node, args) => (usesVariable(node) ? MAX_PAGE_ITEMS : pageSize(args)));
const EXACT = estimator((_, args) => pageSize(args));

function estimator(size: (node: FieldNode, args: Readonly<Record<string, unknown>>) => number): ComplexityEstimator {
  return ({ type, field, node, args, childComplexity }) => {
    const name = `${type.name}.${field.name}`;
    const isConnection = field.args.some((argument) => argument.name === 'last');
    const items = isConnection ? size(node, args) : (LIST_BOUNDS[name] ?? 1);
    return (WEIGHTS[name] ?? 1) + items * childComplexity;
  };
}

function pageSize({ first, last }: Readonly<Record<string, unknown>>): number {
  const asked = Number(first ?? last ?? DEFAULT_PAGE_SIZE);
  return Math.min(Math.max(asked, 0), MAX_PAGE_ITEMS);
}

function usesVariable(node: FieldNode): boolean {
  return (node.arguments ?? []).some(
    ({ name, value }) => (name.value === 'first' || name.value === 'last') && value.kind === Kind.VARIABLE,
  );
}
