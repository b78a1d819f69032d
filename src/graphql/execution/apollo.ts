import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Context } from '../context.js';
import { createFormatError, type ErrorLog, MAX_ERRORS } from '../errors.js';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import { documentBudget } from './documentBudget.js';

/** What a document may look like, whatever its variables are: checked once, since valid documents are kept. */

/** Tokens of a document: several times what the largest of ours has, introspection. */
export const MAX_TOKENS = 2_000;
const MAX_DEPTH = 20;
const MAX_ALIASES = 32;
const MAX_DIRECTIVES = 32;

export interface ApolloModules {
  readonly schema: GraphQLSchema;
  readonly logger: ErrorLog & NonNullable<ApolloServerOptions<Context>['logger']>;
}

/** Apollo, which admits documents and leaves their execution to a plugin; the caller starts and stops it. */
export function createApollo(
  { schema, logger }: ApolloModules,
  execution: ApolloServerPlugin<Context>,
): ApolloServer<Context> {
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
    // The executor keeps them.
    documentStore: null,
    validationOptions: { maxErrors: MAX_ERRORS },
    validationRules: [
      documentBudget,
      ...new ApolloArmor({
        maxDepth: { n: MAX_DEPTH, flattenFragments: true },
        maxAliases: { n: MAX_ALIASES },
        maxDirectives: { n: MAX_DIRECTIVES },
        // The parser counts tokens while it reads, cost.ts counts costs, and field names are no secret.
        maxTokens: { enabled: false },
        costLimit: { enabled: false },
        blockFieldSuggestion: { enabled: false },
      }).protect().validationRules,
    ],
    formatError: createFormatError(logger),
    plugins: [
      execution,
      // Apollo's own plugins wrap every resolver, or report to its makers.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}
