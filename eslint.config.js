import tseslint from 'typescript-eslint';

const outsideTheCommandLine = {
  'no-restricted-globals': [
    'error',
    { name: 'process', message: 'Only src/cli.ts and src/cli/ touch the process: take it as an argument.' },
    { name: 'console', message: 'The node logs through its logger; commands print through src/cli/output.ts.' },
  ],
};

export default tseslint.config(
  { ignores: ['dist*/', '**/node_modules/', 'ide/', 'src/client/operations.ts'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
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
      // A port may be asynchronous where this implementation is not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/cli.ts', 'src/cli/**'], rules: outsideTheCommandLine },
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
  { files: ['**/*.js', '**/*.cjs'], extends: [tseslint.configs.disableTypeChecked] },
);
