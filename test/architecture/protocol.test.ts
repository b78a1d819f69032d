import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { importsOf, nodesOf, parseSource, readSources, type Source } from '../../scripts/sources.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PROTOCOL = 'src/consensus/protocol.ts';
/** Where a node or a client meets another: each must take the numbers from the protocol. */
const SIDES = [
  'src/client/',
  'src/graphql/execution/cost.ts',
  'src/graphql/prices.ts',
  'src/graphql/resolvers/',
  'src/http/',
  'src/peers/',
];
const ROOMS = /^src\/(client|graphql|http|peers)\//;
/** Smaller numbers mean too many things. */
const SMALLEST = 100;

/** Numbers that equal one of the protocol and mean something else, by the constant, field or function that they belong to. */
const OF_THEIR_OWN = [
  // Limits of an operation, weights of its fields, and how much of a wrong value an error repeats.
  'MAX_TOKENS',
  'MAX_SELECTIONS',
  'SHOWN_CHARACTERS',
  // Characters of which each may be a digit.
  'length',
  // How long a client may go on writing, or read nothing.
  'MAX_LINGER_MS',
  'MAX_UNSENT_IDLE_MS',
  // Streams that a node keeps open.
  'maxConnections',
  'maxOperations',
  'maxOperationsPerConnection',
  // Characters of texts that a peer answers with.
  'miner',
  'version',
  'endCursor',
  // How much a node remembers of others, and how many peers it has.
  'BOOK_ADDRESSES',
  'AVOIDED_ADDRESSES',
  'MAX_COUNTED',
  'MAX_PEERS',
  // Points of standing.
  'penaltyOf',
  // Pauses between pieces of work, and when to look up from it.
  'MIN_REST_MS',
  'MIN_STEPS',
  'RUN_TRANSACTIONS',
  // How long the head of a request may take.
  'HEAD_TIMEOUT_MS',
  // How long a client waits for an answer.
  'timeoutMs',
];

/** Names of the protocol's numbers that are declared a second time, and its numbers written out where nodes and clients meet. */
function repeated(sources: readonly Source[]): { readonly names: string[]; readonly numbers: string[] } {
  const protocol = sources.find(({ path }) => path === PROTOCOL)!;
  const agreed = declarations(protocol).map(({ name, initializer }) => {
    const text = name.getText(protocol.tree);
    return { name: text, unit: unitOf(text), value: initializer && valueOf(initializer) };
  });
  const others = sources.filter((source) => source !== protocol && !source.isGenerated);
  const names = others.flatMap((source) =>
    declarations(source)
      .map(({ name }) => name.getText(source.tree))
      .filter((name) => agreed.some((number) => number.name === name))
      .map((name) => `${source.path}: ${name}`),
  );
  const numbers = others
    .filter(({ path }) => ROOMS.test(path))
    .flatMap((source) =>
      writtenNumbers(source)
        .filter(({ value }) => value >= SMALLEST)
        .filter(({ name, value }) => agreed.some((number) => number.value === value && number.unit === unitOf(name)))
        .map(({ name, value }) => `${source.path}: ${name} ${value}`),
    );
  return { names, numbers };
}

function declarations({ tree }: Source): ts.VariableDeclaration[] {
  return [...nodesOf(tree)].filter((node) => ts.isVariableDeclaration(node));
}

/** The last word of a name is its unit: milliseconds and bytes are never confused with items. */
function unitOf(name: string): string {
  if (/(_MS|Ms)$/.test(name)) return 'milliseconds';
  return /bytes$/i.test(name) ? 'bytes' : 'items';
}

/** Numbers of a file with their names; a calculation from numbers alone counts as one. Factors of a conversion are left out. */
function writtenNumbers({ tree }: Source): { readonly name: string; readonly value: number }[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const value = valueOf(node);
    if (value === undefined || valueOf(node.parent) !== undefined || ts.isLiteralTypeNode(node.parent)) return [];
    if (ts.isBinaryExpression(node.parent) && /^[*/%]$/.test(node.parent.operatorToken.getText(tree))) return [];
    return [{ name: nameAround(node, tree), value }];
  });
}

function valueOf(node: ts.Node): number | undefined {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return valueOf(node.expression);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const value = valueOf(node.operand);
    return value === undefined ? undefined : -value;
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const [left, right] = [valueOf(node.left), valueOf(node.right)];
  if (left === undefined || right === undefined) return undefined;
  if (node.operatorToken.kind === ts.SyntaxKind.AsteriskToken) return left * right;
  if (node.operatorToken.kind === ts.SyntaxKind.AsteriskAsteriskToken) return left ** right;
  if (node.operatorToken.kind === ts.SyntaxKind.PlusToken) return left + right;
  return node.operatorToken.kind === ts.SyntaxKind.MinusToken ? left - right : undefined;
}

function nameAround(node: ts.Node, tree: ts.SourceFile): string {
  if (ts.isSourceFile(node)) return '(nothing)';
  return nameOf(node)?.getText(tree) ?? nameAround(node.parent, tree);
}

function nameOf(node: ts.Node): ts.Node | undefined {
  const isNamed =
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isBindingElement(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node);
  return isNamed ? node.name : undefined;
}

describe('architecture: numbers of the protocol', () => {
  const sources = readSources(root, 'src');

  it('each is declared once, and written nowhere else where nodes and clients meet', () => {
    const { names, numbers } = repeated(sources);
    assert.deepEqual(names, []);
    assert.deepEqual(
      numbers.filter((number) => !OF_THEIR_OWN.includes(number.split(' ')[1]!)),
      [],
    );
    // A stale entry of the list would hide a number that comes back under its name.
    const found = new Set(numbers.map((number) => number.split(' ')[1]!));
    assert.deepEqual(
      OF_THEIR_OWN.filter((name) => !found.has(name)),
      [],
    );
  });

  it('each side takes them from there', () => {
    for (const side of SIDES) {
      const takers = sources.filter((source) => source.path.startsWith(side) && importsOf(source).includes(PROTOCOL));
      assert.notDeepEqual(takers, [], side);
    }
  });

  it('the check above finds a second declaration, and a number in a constant, a table, a call and a default', () => {
    const found = (path: string, text: string): string[] => {
      const protocol =
        'export const MAX_HEADERS = 2_000; export const MAX_BODIES_BYTES = 8 * 1024 * 1024; export const HOLD_MS = 2_000; export const PAGE_ITEMS = 100;';
      const { names, numbers } = repeated([parseSource(PROTOCOL, protocol), parseSource(path, text)]);
      return [...names, ...numbers];
    };
    assert.deepEqual(
      found('src/peers/a.ts', "import { MAX_HEADERS } from '../consensus/protocol.js'; ask(MAX_HEADERS);"),
      [],
    );
    assert.deepEqual(found('src/mining/a.ts', 'function f() { const MAX_HEADERS = 7; }'), [
      'src/mining/a.ts: MAX_HEADERS',
    ]);
    assert.deepEqual(found('src/peers/a.ts', 'const MOST = 2 * 1000;'), ['src/peers/a.ts: MOST 2000']);
    assert.deepEqual(found('src/graphql/execution/cost.ts', "const BOUNDS = { 'Chain.headersAfter': 2000 };"), [
      "src/graphql/execution/cost.ts: 'Chain.headersAfter' 2000",
    ]);
    assert.deepEqual(found('src/client/a.ts', 'class A { ask() { return this.get(2_000); } }'), [
      'src/client/a.ts: ask 2000',
    ]);
    assert.deepEqual(found('src/http/a.ts', 'const f = ({ limitBytes = 2 ** 23 }) => limitBytes;'), [
      'src/http/a.ts: limitBytes 8388608',
    ]);
    assert.deepEqual(found('src/peers/a.ts', 'const REST_MS = 2_000;'), ['src/peers/a.ts: REST_MS 2000']);
    assert.deepEqual(found('src/peers/a.ts', 'const size = { items: 100 };'), ['src/peers/a.ts: items 100']);
    // Another unit, another sign, a conversion.
    assert.deepEqual(
      found('src/peers/a.ts', 'const A_BYTES = 2_000; const B = -2_000; const seconds = c / 2_000;'),
      [],
    );
  });
});
