import { ApolloServer, type ApolloServerOptions } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema, ValidationRule } from 'graphql';
import type { Context } from './context.js';
import { costLimit } from './cost.js';
import { createFormatError, type ErrorLog } from './errors.js';
import { nullVariables } from './nullVariables.js';
import { streamGate } from './live/passages.js';
import { ApolloArmor } from '@escape.tech/graphql-armor';

/** What a document may look like, whatever its variables are: checked once, since Apollo keeps valid documents. */

/** Tokens of a document: several times what the largest of ours has, introspection. */
export const MAX_TOKENS = 2_000;
/** Selections of an operation with every fragment expanded: what makes a doubled-fragment bomb cheap to refuse. */
export const MAX_SELECTIONS = 2_000;
const MAX_DEPTH = 20;
const MAX_ALIASES = 32;
const MAX_DIRECTIVES = 32;

export interface ApolloModules {
  readonly schema: GraphQLSchema;
  readonly logger: ErrorLog & NonNullable<ApolloServerOptions<Context>['logger']>;
}

/** The GraphQL engine with every limit on; the caller starts and stops it. */
export function createApollo({ schema, logger }: ApolloModules): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    logger,
    introspection: true,
    // src/http/guards.ts checks origins; this check would take a plain GET for a foreign page.
    csrfPrevention: false,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    maxRecursiveSelections: MAX_SELECTIONS,
    validationRules: documentRules(),
    formatError: createFormatError(logger),
    plugins: [
      // Before the cost is computed from the arguments.
      nullVariables(),
      costLimit(),
      streamGate(),
      // Apollo's own plugins wrap every resolver, or report to its makers.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

/** Depth, aliases and directives of a document. */
export function documentRules(): ValidationRule[] {
  return new ApolloArmor({
    maxDepth: { n: MAX_DEPTH, flattenFragments: true },
    maxAliases: { n: MAX_ALIASES },
    maxDirectives: { n: MAX_DIRECTIVES },
    // The parser counts tokens while it reads, cost.ts counts costs, and field names are no secret.
    maxTokens: { enabled: false },
    costLimit: { enabled: false },
    blockFieldSuggestion: { enabled: false },
  }).protect().validationRules;
}
