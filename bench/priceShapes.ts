import {
  getNamedType,
  type GraphQLSchema,
  isCompositeType,
  isIntrospectionType,
  isObjectType,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { measure } from '../src/graphql/execution/cost.js';
import { INDEX_CURSOR } from '../src/graphql/page.js';
import { rootPairs } from './priceRoots.js';
import { type Measurable, type Pair, type SampleModules, samplesOf, type Shape, times } from './priceSamples.js';

/** Aliases of a field in each object: so many that they are the most of its work, and take a while. */
const FEW = 8;
const MOST = 200;
const LEAST_MICROSECONDS = 2_000;

/** Fields of every type of the schema, and its lists, at their bounds. */
export function pairs(modules: SampleModules & { readonly schema: GraphQLSchema }): Pair[] {
  const { schema } = modules;
  const priceOf = ({ query, variables }: Measurable) => {
    const document = parse(query);
    const operation = document.definitions[0] as OperationDefinitionNode;
    return measure({ schema, document, operation, variables: variables?.() }).cost;
  };
  const samples = samplesOf(modules);
  const shapes = shapesOf(samples);
  const whole = rootPairs(samples);
  const missing: string[] = [];
  const found = Object.values(schema.getTypeMap()).flatMap((type): Pair[] => {
    if (!isObjectType(type) || isIntrospectionType(type) || ALONE.has(type.name)) return [];
    const shape = shapes[type.name];
    if (!shape) {
      missing.push(type.name);
      return [];
    }
    const { shape: operation, variables } = typeof shape === 'function' ? { shape, variables: undefined } : shape;
    const measurable = (fields: string): Measurable => ({ query: operation(fields), ...(variables && { variables }) });
    return Object.values(type.getFields())
      .filter((field) => !WHOLE_BLOCKS.has(`${type.name}.${field.name}`))
      .map((field) => {
        const coordinate = `${type.name}.${field.name}`;
        const below = isCompositeType(getNamedType(field.type)) ? (BELOW[coordinate] ?? '{ __typename }') : '';
        const repeated = `${field.name} ${ARGUMENTS[coordinate] ?? ''} ${below}`;
        const without = measurable('__typename');
        const few = measurable(`__typename ${times(FEW, repeated)}`);
        const difference = priceOf(few) - priceOf(without);
        const count = Math.min(Math.ceil((FEW * LEAST_MICROSECONDS) / difference), MOST);
        return {
          name: coordinate,
          with: count > FEW ? measurable(`__typename ${times(count, repeated)}`) : few,
          without,
        };
      });
  });
  if (missing.length > 0) throw new Error(`expected a shape of each type, got none of ${missing.join(', ')}`);
  const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];
  const names = new Set(whole.map(({ name }) => name.split(' ')[0]));
  const unmeasured = roots.flatMap((root) =>
    Object.keys(root.getFields())
      .map((field) => `${root.name}.${field}`)
      .filter((coordinate) => !names.has(coordinate)),
  );
  if (unmeasured.length > 0)
    throw new Error(`expected an operation of each root field, got none of ${unmeasured.join(', ')}`);
  return [...found, ...whole];
}

/** Root types: their fields are measured one by one. */
const ALONE: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);
/** Measured once for a block, not eight times. */
const WHOLE_BLOCKS: ReadonlySet<string> = new Set(['Block.body', 'Block.reward', 'Transaction.proof']);

const ARGUMENTS: Readonly<Record<string, string>> = {
  'Chain.headersAfter': '(locator: [], first: 20)',
  'Chain.blocks': '(first: 1)',
  'Block.transactions': '(first: 1)',
  'Balance.transactions': '(first: 1)',
  'Mempool.transactions': '(first: 1)',
  'NodeInfo.proof': `(challenge: "${'0'.repeat(64)}")`,
};
const BELOW: Readonly<Record<string, string>> = {
  'Chain.blocks': '{ totalCount }',
  'Balance.transactions': '{ totalCount }',
  'Mempool.transactions': '{ totalCount }',
  'Block.transactions': '{ totalCount }',
};

/** Operations with many objects of a type, by its name. */
function shapesOf({
  address,
  headers,
  page,
  transactions,
  status,
  pending,
  left,
  balances,
  mined,
  sent,
  received,
  wanted,
  interest,
  accepted,
  checked,
  checking,
  offered,
}: ReturnType<typeof samplesOf>): Readonly<Record<string, Shape | ShapeWithVariables>> {
  return {
    Chain: (fields) => `{ ${times(30, `chain { ${fields} }`)} }`,
    ChainTip: (fields) => `{ chain { ${times(5, `tips { ${fields} }`)} } }`,
    Block: headers,
    BlockConnection: (fields) => `{ chain { ${times(50, `blocks(first: 1) { ${fields} }`)} } }`,
    BlockEdge: (fields) => `{ chain { ${times(3, `blocks(first: 100) { edges { ${fields} } }`)} } }`,
    PageInfo: (fields) =>
      `{ chain { ${times(50, `blocks(first: 1, after: "${CURSOR}") { pageInfo { ${fields} } }`)} } }`,
    Transaction: transactions,
    TransactionConnection: page(1, 50, (fields) => fields),
    TransactionEdge: page(100, 2, (fields) => `edges { ${fields} }`),
    TransactionProof: page(40, 1, (fields) => `nodes { proof { ${fields} } }`),
    TransactionConfirmed: status('TransactionConfirmed'),
    TransactionPending: pending('first', 'TransactionPending'),
    TransactionQueued: pending('last', 'TransactionQueued'),
    TransactionDropped: left,
    Rejected: (fields) => left(`reason { ${fields} }`),
    TransactionValid: { shape: checking, variables: checked },
    Balance: (fields) => balances(`nodes { ${fields} }`),
    BalanceConnection: (fields) =>
      `{ ${times(50, `balances(addresses: ${JSON.stringify([address(1)])}) { ${fields} }`)} }`,
    BalanceEdge: (fields) => balances(`edges { ${fields} }`),
    Mempool: (fields) => `{ ${times(50, `mempool { ${fields} }`)} }`,
    NodeInfo: (fields) => `{ ${times(50, `nodeInfo { ${fields} }`)} }`,
    SyncProgress: (fields) => `{ ${times(50, `nodeInfo { sync { ${fields} } }`)} }`,
    Limits: (fields) => `{ ${times(50, `nodeInfo { limits { ${fields} } }`)} }`,
    Budget: (fields) => `{ ${times(20, `nodeInfo { limits { budgets { ${fields} } } }`)} }`,
    Peer: (fields) => `{ ${times(2, `peers { ${fields} }`)} }`,
    Vitals: (fields) => `{ ${times(30, `vitals { ${fields} }`)} }`,
    Hindrance: (fields) => `{ ${times(20, `vitals { hindrances { ${fields} } }`)} }`,
    WorkQueue: (fields) => `{ ${times(20, `vitals { queues { ${fields} } }`)} }`,
    DatabaseState: (fields) => `{ ${times(50, `vitals { databases { ${fields} } }`)} }`,
    Spender: (fields) => `{ ${times(20, `spenders { ${fields} }`)} }`,
    LogLine: (fields) => `{ log(last: 200) { ${fields} } }`,
    Wallet: (fields) => `{ ${times(50, `wallet { ${fields} }`)} }`,
    TransactionAccepted: accepted,
    Delivery: {
      shape: (fields) => accepted.shape(`deliveries { ${fields} }`),
      variables: () => ({ t: sent.slice(0, 2) }),
    },
    TransactionsReceived: received,
    TransactionRefused: { ...received, shape: (fields) => received.shape(`refused { ${fields} }`) },
    TransactionInterest: interest,
    TransactionsWanted: wanted,
    BlockAccepted: mined,
    Reorganization: (fields) => mined(`reorganization { ${fields} }`),
    BlocksWanted: offered,
    Resolution: (fields) => `mutation { ${times(20, `resolveConflicts { ${fields} }`)} }`,
  };
}

interface ShapeWithVariables {
  readonly shape: Shape;
  readonly variables: () => Readonly<Record<string, unknown>>;
}

/** Of the block at height 5. */
const CURSOR = INDEX_CURSOR.encode(5);
