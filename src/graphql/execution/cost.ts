import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  valueFromASTUntyped,
} from 'graphql';
import { MAX_PAGE_ITEMS } from '../../consensus/protocol.js';
import { refusedRequest } from '../errors.js';
import type { WorkLimits } from '../requestView.js';
import type { Asked } from './bounds.js';
import { DEFAULT_PAGE_SIZE } from '../page.js';
import { INPUT_PRICES } from '../inputPrices.js';
import { LIST_BOUNDS, SCHEMA_SIZES, SIZE, SIZE_ARGUMENTS, type Tariff, TIME } from '../prices.js';

/** Highest cost of one event of a subscription, a block's page of transactions: a thousand subscribers may each want one. */
export const MAX_EVENT_COST = 6_000;

/** What reads whole blocks: too much for each follower of blocks. */
const NOT_IN_EVENTS: ReadonlySet<string> = new Set(['Block.body', 'Transaction.proof']);

/** Measures an operation. Throws QUERY_TOO_EXPENSIVE if it costs more, or may answer more, than its sender may have. */
export type LimitCost = (asked: Asked, limits: Pick<WorkLimits, 'cost' | 'answerBytes'>) => Measured;

/** Makes the check that refuses operations for what they would cost. */
export function costLimit(schema: GraphQLSchema): LimitCost {
  /** Of operations whose cost no variable changes. */
  const fixed = new WeakMap<OperationDefinitionNode, Measured>();
  return (asked, limits) => {
    const { operation } = asked;
    const measured = fixed.get(operation) ?? measure({ schema, ...asked });
    if (measured.isFixed) fixed.set(operation, measured);
    const { cost, input, bytes } = measured;
    // Of a subscription, what it takes to begin it, and its first event.
    const most = operation.operation === OperationTypeNode.SUBSCRIPTION ? MAX_EVENT_COST : limits.cost;
    if (cost - input > most) {
      const message = `expected an operation that costs at most ${most}, got ${cost - input}: ask for smaller pages`;
      throw refusedRequest('QUERY_TOO_EXPENSIVE', message);
    }
    if (bytes > limits.answerBytes) {
      const expected = `expected an answer of at most ${limits.answerBytes} bytes`;
      throw refusedRequest('QUERY_TOO_EXPENSIVE', `${expected}, got one of up to ${bytes}: ask for smaller pages`);
    }
    return measured;
  };
}

/** An operation, and the schema of its document. */
export interface Priced extends Omit<Asked, 'variables'> {
  readonly schema: GraphQLSchema;
  readonly variables?: Asked['variables'] | undefined;
}

/** What an operation may take, of an event where it is a subscription. */
export interface Measured {
  /** Microseconds of a reference machine. */
  readonly cost: number;
  /** Of them, those for what the request brings in, which no limit of costs is about. */
  readonly input: number;
  /** Of the answer, without bodies of blocks. */
  readonly bytes: number;
  /** Whether it is the same with all variables. */
  readonly isFixed: boolean;
}

/** Measures an operation by its document and arguments. */
export function measure(priced: Priced): Measured {
  const pricing = new Pricing(priced, TIME);
  const total = pricing.total();
  const input = Math.ceil(pricing.input);
  return {
    cost: Math.ceil(total) + input,
    input,
    bytes: Math.ceil(new Pricing(priced, SIZE).total()),
    isFixed: pricing.isFixed,
  };
}

class Pricing {
  isFixed = true;
  /** Price of what the request brings in. */
  input = 0;
  readonly #tariff: Tariff;
  #selections = 0;
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #variables: Record<string, unknown> = {};

  constructor({ schema, document, operation, variables = {} }: Priced, tariff: Tariff) {
    this.#tariff = tariff;
    this.#schema = schema;
    this.#operation = operation;
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(node.name.value, node);
    }
    for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
      const name = variable.name.value;
      if (Object.hasOwn(variables, name)) this.#variables[name] = variables[name];
      else if (defaultValue) this.#variables[name] = valueFromASTUntyped(defaultValue);
    }
  }

  get #isEvent(): boolean {
    return this.#operation.operation === OperationTypeNode.SUBSCRIPTION;
  }

  total(): number {
    const root = this.#schema.getRootType(this.#operation.operation)!;
    const values = this.#selected(root, this.#operation.selectionSet, 1);
    return values + this.#tariff.selection * this.#selections;
  }

  /** What is selected of one object; of a union, of the type that costs most. `pageSize` is that of the connection which it may be. */
  #selected(type: GraphQLCompositeType, set: SelectionSetNode, pageSize: number): number {
    if (!isAbstractType(type)) return this.#ofObject(type, set, pageSize);
    return Math.max(...this.#schema.getPossibleTypes(type).map((possible) => this.#ofObject(possible, set, pageSize)));
  }

  #ofObject(type: GraphQLObjectType, { selections }: SelectionSetNode, pageSize: number): number {
    let cost = 0;
    for (const selection of selections) {
      if (!this.#isIncluded(selection.directives)) continue;
      if (selection.kind === Kind.FIELD) {
        cost += this.#field(type, selection, pageSize);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)!;
      const condition = fragment.typeCondition && this.#schema.getType(fragment.typeCondition.name.value);
      const applies =
        !condition || condition === type || (isAbstractType(condition) && this.#schema.isSubType(condition, type));
      if (applies) cost += this.#ofObject(type, fragment.selectionSet, pageSize);
    }
    return cost;
  }

  #field(parent: GraphQLObjectType, node: FieldNode, pageSize: number): number {
    const { character, values, word, object, item, fields, items } = this.#tariff;
    this.#selections++;
    const name = this.#tariff.field + character * (node.alias ?? node.name).value.length;
    const field = META_FIELDS.get(node.name.value) ?? parent.getFields()[node.name.value]!;
    const coordinate = `${parent.name}.${field.name}`;
    if (this.#isEvent && NOT_IN_EVENTS.has(coordinate)) return MAX_EVENT_COST + 1;
    const type = getNamedType(field.type);
    const own = name + (fields[coordinate] ?? 0) + (values[type.name] ?? (isEnumType(type) ? word : object));
    const isList = isListType(getNullableType(field.type));
    if (!isCompositeType(type)) return isList ? own + (LIST_BOUNDS[coordinate] ?? 1) * item : own;
    this.#addInput(coordinate, node);
    const page = this.#pageSize(coordinate, field, node);
    const below = node.selectionSet ? this.#selected(type, node.selectionSet, page) : 0;
    if (!isList)
      return own + (items[coordinate] ?? items[type.name] ?? 0) * page + below * (SCHEMA_SIZES[coordinate] ?? 1);
    // Of a connection: the items of its page.
    if (isItems(parent, field)) return own + pageSize * ((items[coordinate] ?? 0) + object + below);
    return own + this.#listSize(coordinate, field, node) * ((items[coordinate] ?? 0) + object + below);
  }

  #pageSize(coordinate: string, { args }: GraphQLField<unknown, unknown>, node: FieldNode): number {
    if (!args.some(({ name }) => name === 'last')) return 1;
    const asked = this.#argument(node, 'first') ?? this.#argument(node, 'last') ?? DEFAULT_PAGE_SIZE;
    // What is no number is refused when it is executed.
    const size = typeof asked === 'number' ? Math.min(Math.max(asked, 0), MAX_PAGE_ITEMS) : 0;
    const named = this.#argument(node, SIZE_ARGUMENTS[coordinate] ?? '');
    return Array.isArray(named) ? Math.min(size, named.length) : size;
  }

  /** What its arguments bring in. */
  #addInput(coordinate: string, { arguments: given = [] }: FieldNode): void {
    const input = INPUT_PRICES[coordinate];
    if (!input) return;
    if (!input.count) {
      this.input += input.price;
      return;
    }
    const args = Object.fromEntries(given.map(({ name, value }) => [name.value, this.#value(value)]));
    this.input += input.price * input.count(args);
  }

  #listSize(coordinate: string, { args }: GraphQLField<unknown, unknown>, node: FieldNode): number {
    const most = LIST_BOUNDS[coordinate] ?? SCHEMA_SIZES[coordinate] ?? 1;
    const name = SIZE_ARGUMENTS[coordinate];
    const byDefault = args.find((argument) => argument.name === name)?.defaultValue;
    const asked = name === undefined ? undefined : (this.#argument(node, name) ?? byDefault);
    const size = Array.isArray(asked) ? asked.length : typeof asked === 'number' ? asked : most;
    return Math.min(Math.max(size, 0), most);
  }

  #isIncluded(directives: readonly DirectiveNode[] = []): boolean {
    return directives.every(({ name, arguments: args = [] }) => {
      const given = args.find((argument) => argument.name.value === 'if');
      const value = given && this.#value(given.value);
      return name.value === 'skip' ? value !== true : name.value !== 'include' || value !== false;
    });
  }

  #argument({ arguments: args = [] }: FieldNode, name: string): unknown {
    const given = args.find((argument) => argument.name.value === name);
    return given && this.#value(given.value);
  }

  #value(node: Parameters<typeof valueFromASTUntyped>[0]): unknown {
    if (node.kind === Kind.VARIABLE) this.isFixed = false;
    return valueFromASTUntyped(node, this.#variables);
  }
}

/** Fields of the root, and of every object, that no type declares. */
const META_FIELDS: ReadonlyMap<string, GraphQLField<unknown, unknown>> = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);

function isItems(parent: GraphQLObjectType, { name }: GraphQLField<unknown, unknown>): boolean {
  return parent.name.endsWith('Connection') && (name === 'nodes' || name === 'edges');
}
