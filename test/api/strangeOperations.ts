import assert from 'node:assert/strict';
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { encodeAddress } from '../../src/crypto/address.js';
import { createSchema } from '../../src/graphql/schema.js';
import { testAccount, testNetwork } from '../support/blocks.js';

const SCHEMA = createSchema(testNetwork());

/** A value that fits, by the type's name. */
const FITTING: Readonly<Record<string, unknown>> = {
  Address: encodeAddress('cortest', testAccount(0).publicKey),
  Base64: '',
  BigUInt: '1',
  Boolean: true,
  DateTime: '2026-01-01T00:00:00.000Z',
  Hash: 'ab'.repeat(32),
  ID: 'x',
  Int: 1,
  PeerUrl: 'http://127.0.0.1:9/graphql',
  Signature: 'ab'.repeat(64),
  String: 'x',
  UInt64: '1',
};

function fitting(type: GraphQLInputType): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) return [fitting(inner.ofType)];
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  if (isInputObjectType(inner)) {
    return Object.fromEntries(Object.values(inner.getFields()).map((field) => [field.name, fitting(field.type)]));
  }
  const { name } = getNamedType(inner);
  assert.ok(name in FITTING, `expected a value for ${name}`);
  return FITTING[name];
}

const STRANGE: readonly unknown[] = [
  null,
  '',
  'x',
  '\u202e\u0000\ud800',
  'x'.repeat(5_000),
  -1,
  -(2 ** 31),
  2 ** 31 - 1,
  2 ** 53,
  1.5,
  true,
  {},
  [],
  [null],
  [[[]]],
  { constructor: 1, toString: null },
];

/** An operation with a value that does not belong where it stands. */
export interface StrangeOperation {
  readonly name: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Every field of an operation type with every strange value for each of its arguments, and for each field of an input. */
export function strangeOperations(kind: 'query' | 'mutation' | 'subscription'): StrangeOperation[] {
  const roots = {
    query: SCHEMA.getQueryType(),
    mutation: SCHEMA.getMutationType(),
    subscription: SCHEMA.getSubscriptionType(),
  };
  return Object.values(roots[kind]!.getFields()).flatMap((field) =>
    field.args.flatMap((strange) => strangeValues(strange).map((value) => operation(kind, field, strange, value))),
  );
}

function strangeValues({ type }: GraphQLArgument): unknown[] {
  const inner = getNamedType(type);
  if (!isInputObjectType(inner)) return [...STRANGE];
  const whole = fitting(inner) as Record<string, unknown>;
  const inFields = Object.keys(inner.getFields()).flatMap((name) =>
    STRANGE.slice(0, 8).map((value) => ({ ...whole, [name]: value })),
  );
  const isList = isListType(getNullableType(type));
  return [...STRANGE, ...inFields.map((value) => (isList ? [value] : value))];
}

function operation(
  kind: string,
  field: GraphQLField<unknown, unknown>,
  strange: GraphQLArgument,
  value: unknown,
): StrangeOperation {
  // Nullable, where a default lets it be: null is then found later.
  const typeOf = ({ type, defaultValue }: GraphQLArgument) =>
    defaultValue === undefined ? String(type) : String(getNullableType(type));
  const definitions = field.args.map((argument) => `$${argument.name}: ${typeOf(argument)}`).join(', ');
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  const others = Object.fromEntries(field.args.map((argument) => [argument.name, fitting(argument.type)]));
  return {
    name: `${field.name}.${strange.name} ${JSON.stringify(value).slice(0, 60)}`,
    query: `${kind} (${definitions}) { ${field.name}(${given})${selection} }`,
    variables: { ...others, [strange.name]: value },
  };
}
