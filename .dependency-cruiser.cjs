// The layers of docs/architecture.md: imports only go down, siblings never import each other, no cycles.
const layers = [
  ['crypto', 'util'],
  ['consensus'],
  ['ledger'],
  ['chain', 'mempool'],
  ['audit', 'storage', 'mining', 'peers', 'verification', 'wallet'],
  ['graphql'],
  ['http'],
];
const at = (names) => `^src/(${names.join('|')})/`;
const top = { node: '^src/(node/|node\\.ts|config\\.ts)', cli: '^src/(cli/|cli\\.ts)' };

const rules = layers.flatMap((names, index) => {
  const above = layers.slice(index + 1).flat();
  const up = [...(above.length > 0 ? [at(above)] : []), top.node, top.cli].join('|');
  const siblings =
    names.length > 1
      ? [
          {
            name: `siblings-${index}`,
            from: { path: `^src/(${names.join('|')})/` },
            to: { path: at(names), pathNot: '^src/$1/' },
          },
        ]
      : [];
  return [{ name: `layer-${index}`, from: { path: at(names) }, to: { path: up } }, ...siblings];
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    ...rules.map((rule) => ({ severity: 'error', ...rule })),
    {
      // Only types, and what a node loads once its operator wants traces.
      name: 'traces-on-demand',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/@opentelemetry/', dependencyTypesNot: ['type-only'], dynamic: false },
    },
    { name: 'node-below-cli', severity: 'error', from: { path: top.node }, to: { path: top.cli } },
    {
      name: 'client-alone',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { path: '^src/', pathNot: '^src/(client|crypto|consensus)/' },
    },
    {
      name: 'client-users',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(client|peers|cli)/' },
      to: { path: '^src/client/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
