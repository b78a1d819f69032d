import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const outsideTheCommandLine = [
  { name: 'process', message: 'Only src/cli.ts and src/cli/ touch the process: take it as an argument.' },
  { name: 'console', message: 'The node logs through its logger; commands print through src/cli/terminal.ts.' },
];
const outsideTheCore = ['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
  name,
  message: 'The core is a function of its arguments: time is one of them.',
}));

export default defineConfig(
  {
    ignores: [
      'dist*/',
      '**/node_modules/',
      'src/client/operations/',
      'explorer/node/operations.ts',
      'examples/codegen/',
    ],
  },
  // A rule that is wrong is changed here, for all, or not at all.
  { linterOptions: { noInlineConfig: true } },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': 'error',
      'no-var': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Lookups that were just checked, and positions in arrays, read better with `!` than with a branch that cannot be taken.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Template literals say numbers and bigints as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Resolvers return domain values where the schema's classes are named: that is the design (docs/architecture.md).
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      // type-graphql classes hold fields only, and resolvers are classes of methods without state.
      '@typescript-eslint/no-extraneous-class': 'off',
      // Arrow functions that call something for its effect.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A list may hold answers that are there beside those to come.
      '@typescript-eslint/await-thenable': ['error', { allowMixedPromiseArrays: true }],
      // A port may be asynchronous where this implementation is not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli.ts', 'src/cli/**'],
    rules: { 'no-restricted-globals': ['error', ...outsideTheCommandLine] },
  },
  {
    files: ['src/{crypto,consensus,ledger,chain,mempool}/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...outsideTheCommandLine, ...outsideTheCore],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
          message: 'The core is a function of its arguments: time is one of them.',
        },
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'The core is a function of its arguments: time is one of them.',
        },
        {
          selector: 'CallExpression[callee.object.name="Math"][callee.property.name="random"]',
          message: 'Two nodes must come to the same result.',
        },
        { selector: 'TSEnumDeclaration', message: 'The domain has unions of string literals.' },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // describe and it return promises that the runner waits for.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['it', 'describe', 'test'] }] },
      ],
    },
  },
);
