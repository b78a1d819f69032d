import { GraphQLError, Kind, TokenKind, type ASTNode, type VariableDefinitionNode } from 'graphql';

/** Characters of a value: enough to see what came. */
const SHOWN_CHARACTERS = 100;

/**
 * What graphql-js says of a value that does not fit its type, in this API's words: where it is, what was expected, what came. The
 * same mistake reads the same in a variable and in a literal.
 */

/** The message for a variable that was refused; undefined if the error is about something else. */
export function variableMistake(error: GraphQLError): string | undefined {
  const node = error.nodes?.[0];
  if (error.nodes?.length !== 1 || node?.kind !== Kind.VARIABLE_DEFINITION) return undefined;
  const name = node.variable.name.value;
  const got = /^Variable "\$\w+" of (?:required|non-null) type "(.+)" (must not be null|was not provided)\.$/.exec(
    error.message,
  );
  if (got) return `${name}: expected ${nullable(got[1]!)}, got ${got[2] === 'must not be null' ? 'null' : 'nothing'}`;
  const { originalError } = error;
  // graphql-js puts before the fault the whole value, and where in it the fault is.
  const reason = originalError instanceof GraphQLError && error.message.endsWith(originalError.message);
  if (!reason || !isAboutValue(error, node)) return undefined;
  const before = error.message.slice(0, -`; ${originalError.message}`.length);
  return located(/ at "(\w+[^"]*)"$/.exec(before)?.[1] ?? name, originalError.message);
}

/** The message for a literal that does not fit; undefined if the error is about something else. */
export function literalMistake(error: GraphQLError): string | undefined {
  const node = error.nodes?.[0];
  if (error.nodes?.length !== 1 || !node || !LITERALS.has(node.kind)) return undefined;
  return located(placeOf(node), error.message);
}

/** How a type is called where its value is missing: without the mark that it must not be. */
export function nullable(type: string): string {
  return type.replace(/!$/, '');
}

function isAboutValue({ message }: GraphQLError, { variable }: VariableDefinitionNode): boolean {
  return message.startsWith(`Variable "$${variable.name.value}" got invalid value `);
}

function located(place: string | undefined, reason: string): string {
  const text = reworded(reason);
  // A scalar of this API names itself: the place is more exact.
  return place === undefined ? text : `${place}: ${text.replace(/^\w+: (?=expected )/, '')}`;
}

/** `address` of `address: "x"`; undefined for what stands in no argument or field of its own, such as an item of a list. */
function placeOf({ kind, loc }: ASTNode): string | undefined {
  if (kind === Kind.OBJECT_FIELD) return loc?.startToken.value;
  const before = loc?.startToken.prev;
  return before?.kind === TokenKind.COLON ? before.prev!.value : undefined;
}

function reworded(reason: string): string {
  for (const [pattern, words] of REWORDED) {
    const found = pattern.exec(reason);
    if (found) return words(found[1]!, found[2] ?? '');
  }
  return reason;
}

/** What a client sent, quoted, as far as it helps: it can be as long as a request, and its sender knows it. */
export function shown(text: string): string {
  return JSON.stringify(shortened(text));
}

/** The beginning of a text. */
export function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** What ValuesOfCorrectTypeRule, coerceInputValue and the built-in scalars of graphql-js say. */
const REWORDED: readonly (readonly [RegExp, (first: string, second: string) => string])[] = [
  [/^Expected non-nullable type "(.+)" not to be null\.$/, (type) => `expected ${nullable(type)}, got null`],
  [
    /^Expected value of type "(.+?)", found (.+?)\.( Did you mean .*)?$/s,
    (type, got) => `expected ${nullable(type)}, got ${shortened(got)}`,
  ],
  [
    /^(\w+) cannot represent (?:a |an )?(?:non[- ][\w-]+|non 32-bit signed integer) value: (.*)$/s,
    (type, got) => `expected ${type}, got ${shortened(got)}`,
  ],
  [
    /^Field "(?:\w+\.)?(\w+)" of required type "(.+)" was not provided\.$/,
    (field, type) => `expected the field ${field}, ${nullable(type)}, got none`,
  ],
  [/^Expected type "(\w+)" to be an object\.$/, (type) => `expected an object, ${type}, got something else`],
  [
    /^Field "(.+?)" is not defined by type "(\w+)"\./s,
    (field, type) => `expected a field of ${type}, got ${shown(field)}`,
  ],
  [/^Value "(.+?)" does not exist in "(\w+)" enum\./s, (got, type) => `expected ${type}, got ${shortened(got)}`],
  [
    /^Enum "(\w+)" cannot represent non-(?:string|enum) value: (.+?)\.( Did you mean .*)?$/s,
    (type, got) => `expected ${type}, got ${shortened(got)}`,
  ],
];
const LITERALS: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);
