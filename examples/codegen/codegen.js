// Generates generated.ts from a node's schema and the operations of this project: types and documents, no code to run.
import { readFileSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';

const sdl = readFileSync(process.argv[2], 'utf8');
const operations = readFileSync('operations.graphql', 'utf8');
// The API sends every scalar as text: amounts are decimal strings, since a JSON number would round them.
const scalars = Object.fromEntries([...sdl.matchAll(/^scalar (\w+)/gm)].map(([, name]) => [name, 'string']));

writeFileSync(
  'generated.ts',
  await codegen({
    filename: 'generated.ts',
    schema: parse(sdl),
    schemaAst: buildSchema(sdl),
    documents: [{ location: 'operations.graphql', document: parse(operations) }],
    // A selected __typename has its name as a type, so the compiler checks that a switch over the outcomes is complete.
    config: { scalars, strictScalars: true, enumsAsTypes: true, useTypeImports: true, skipTypename: true },
    plugins: [{ typescriptOperations: {} }, { typedDocumentNode: {} }],
    pluginMap: { typescriptOperations, typedDocumentNode },
  }),
);
