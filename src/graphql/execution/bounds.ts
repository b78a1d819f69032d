import {
  type ASTNode,
  type DocumentNode,
  getNamedType,
  getNullableType,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import {
  MAX_BATCH_TRANSACTIONS,
  MAX_BODIES,
  MAX_BODIES_BYTES,
  MAX_HEADERS,
  MAX_LOCATOR_HASHES,
  MAX_PACKED_BYTES,
  MAX_PAGE_ITEMS,
  SHORT_ID_BYTES,
} from '../../consensus/protocol.js';
import { MAX_MINED_BLOCKS } from '../../mining/miner.js';
import { badRequestInput } from '../errors.js';
import { MAX_LOG_LINES } from '../page.js';
import { nullable, shown } from '../inputErrors.js';

/** Items that a list may have which a client sends, by `Type.field.argument` or `Input.field`; the price of a field goes by them, too. */
export const ITEM_BOUNDS: Readonly<Record<string, number>> = {
  'Query.blocks.hashes': MAX_BODIES,
  'Query.balances.addresses': MAX_PAGE_ITEMS,
  'Chain.headersAfter.locator': MAX_LOCATOR_HASHES,
  'Mutation.addTransactions.transactions': MAX_BATCH_TRANSACTIONS,
  'Mutation.receiveBroadcastTransactions.transactions': MAX_BATCH_TRANSACTIONS,
  'Mutation.receiveBroadcastHeaders.headers': MAX_HEADERS,
  'Mutation.receiveBroadcastBodies.bodies': MAX_BODIES,
  // What fits into the largest block that a network can have.
  'BlockInput.transactions': Math.floor(MAX_BODIES_BYTES / 128),
};

/** Lowest and highest value of a number, where it says how much is read or made. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  'Chain.headersAfter.first': [0, MAX_HEADERS],
  'Mutation.mineBlocks.count': [1, MAX_MINED_BLOCKS],
  'Query.log.last': [1, MAX_LOG_LINES],
};
/** Of `first` and `last` of each other list. */
const PAGE_RANGE = [0, MAX_PAGE_ITEMS] as const;

/** Characters of a text: more than any field has a use for, so that each says itself what it expects. */
const MAX_CHARACTERS = 4_096;
/** The bodies of blocks that a request brings. */
const MAX_BODY_CHARACTERS = 2 * MAX_BODIES_BYTES;
/** Of bytes with a bound of their own, as characters of base64. */
const BASE64_BOUNDS: Readonly<Record<string, number>> = {
  'Mutation.receiveBroadcastPackedTransactions.transactions': 4 * Math.ceil(MAX_PACKED_BYTES / 3),
  'Mutation.receiveBroadcastBlockTransactions.transactions': 4 * Math.ceil(MAX_PACKED_BYTES / 3),
  'Mutation.receiveBroadcastTransactionIds.ids': 4 * Math.ceil((MAX_BATCH_TRANSACTIONS * 32) / 3),
  // What fits into the largest block that a network can have.
  'CompactBlockInput.shortIds': 4 * Math.ceil((Math.floor(MAX_BODIES_BYTES / 153) * SHORT_ID_BYTES) / 3),
};

/** Where an operation gives a value: an argument, a field of an input, or an item in one of them. */
interface Place {
  /** `Type.field.argument` or `Input.field`. */
  readonly coordinate: string;
  /** The argument or field; undefined for an item of a list. */
  readonly name: string | undefined;
  readonly type: GraphQLInputType;
}

/** An operation of a valid document, and the variables as they came. */
export interface Asked {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A variable, and what its value is given to. */
interface VariableUse {
  readonly variable: string;
  readonly place: Place;
  /** It may be null by its type, where the schema wants a value: it has a default, and null is not its absence. */
  readonly mustNotBeNull: boolean;
  /** Undefined where there is none. */
  readonly byDefault: unknown;
}

/** Throws BAD_USER_INPUT for values that are out of bounds. */
export type CheckBounds = (asked: Asked) => void;

/**
 * Makes the check that refuses what a request gives too much of before anything reads the values: longer lists, longer texts, fields that
 * an input does not have, pages out of range, and null where a variable's type lets it pass and execution would find it in the middle. The
 * first fault ends it; what @skip and @include leave out counts as well.
 */
export function inputBounds(schema: GraphQLSchema): CheckBounds {
  /** Of operations whose literals are within bounds. */
  const known = new WeakMap<OperationDefinitionNode, readonly VariableUse[]>();
  return ({ document, operation, variables }) => {
    let uses = known.get(operation);
    if (!uses) known.set(operation, (uses = checkLiterals(schema, document, operation)));
    for (const { variable, place, mustNotBeNull, byDefault } of uses) {
      const value: unknown = Object.hasOwn(variables, variable) ? variables[variable] : byDefault;
      if (value === null && mustNotBeNull) {
        throw badRequestInput(`${place.name ?? variable}: expected ${nullable(String(place.type))}, got null`);
      }
      checkValue(value, variable, place);
    }
  };
}

/** Checks the values in the document itself, and finds where it uses variables. */
function checkLiterals(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
  const definitions = new Map(
    (operation.variableDefinitions ?? []).map((definition) => [definition.variable.name.value, definition]),
  );
  const uses: VariableUse[] = [];
  const typeInfo = new TypeInfo(schema);
  const places: Place[] = [];
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      // Another operation of the document is not executed; fragments may be.
      OperationDefinition: (node) => (node === operation ? undefined : false),
      VariableDefinition: () => false,
      Argument: {
        enter: ({ name: { value: name }, value }) => {
          const of = typeInfo.getDirective()
            ? '@'
            : `${typeInfo.getParentType()?.name}.${typeInfo.getFieldDef()?.name}`;
          const place = { coordinate: `${of}.${name}`, name, type: typeInfo.getInputType()! };
          places.push(place);
          checkValue(valueFromASTUntyped(value), name, place);
        },
        leave: () => void places.pop(),
      },
      ObjectField: {
        enter: ({ name: { value: name } }) => {
          const of = getNamedType(typeInfo.getParentInputType());
          places.push({ coordinate: `${of?.name}.${name}`, name, type: typeInfo.getInputType()! });
        },
        leave: () => void places.pop(),
      },
      Variable: (node, _key, parent) => {
        const type = typeInfo.getInputType();
        const definition = definitions.get(node.name.value);
        const place = places.at(-1);
        if (!type || !definition || !place) return;
        const { defaultValue } = definition;
        uses.push({
          variable: node.name.value,
          place: { ...place, name: isNamed(parent) ? place.name : undefined, type },
          mustNotBeNull: isNonNullType(type) && definition.type.kind !== Kind.NON_NULL_TYPE,
          byDefault: defaultValue && valueFromASTUntyped(defaultValue),
        });
      },
    }),
  );
  return uses;
}

/** Whether a value stands in an argument or field of its own, and not in a list. */
function isNamed(parent: ASTNode | readonly ASTNode[] | undefined): boolean {
  return (
    parent !== undefined && 'kind' in parent && (parent.kind === Kind.ARGUMENT || parent.kind === Kind.OBJECT_FIELD)
  );
}

/** Throws BAD_USER_INPUT for too much in a value. Whether it is of its type is for the type to say. */
function checkValue(value: unknown, path: string, { type, coordinate }: Omit<Place, 'name'>): void {
  if (value === null || value === undefined) return;
  const inner = getNullableType(type);
  if (isListType(inner)) {
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    const most = ITEM_BOUNDS[coordinate];
    if (most === undefined) throw new Error(`expected a bound of ${coordinate}`);
    if (items.length > most) throw badRequestInput(`${path}: expected at most ${most}, got ${items.length}`);
    for (const [index, item] of items.entries()) {
      checkValue(item, `${path}[${index}]`, { type: inner.ofType, coordinate });
    }
  } else if (isInputObjectType(inner)) {
    if (typeof value !== 'object' || Array.isArray(value)) return;
    const fields = inner.getFields();
    for (const name in value) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!field) throw badRequestInput(`${path}: expected a field of ${inner.name}, got ${shown(name)}`);
      const given = (value as Record<string, unknown>)[name];
      checkValue(given, `${path}.${name}`, { type: field.type, coordinate: `${inner.name}.${name}` });
    }
  } else if (typeof value === 'string') {
    const most = inner.name === 'Base64' ? (BASE64_BOUNDS[coordinate] ?? MAX_BODY_CHARACTERS) : MAX_CHARACTERS;
    if (value.length > most) throw badRequestInput(`${path}: expected at most ${most} characters, got ${value.length}`);
  } else if (typeof value === 'number') {
    const range = RANGES[coordinate] ?? (PAGE_ARGUMENT.test(coordinate) ? PAGE_RANGE : undefined);
    if (range && (value < range[0] || value > range[1])) {
      throw badRequestInput(`${path}: expected ${range[0]} to ${range[1]}, got ${value}`);
    }
  }
}

const PAGE_ARGUMENT = /\.(first|last)$/;
