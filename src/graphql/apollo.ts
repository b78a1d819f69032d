import { ApolloServer, type ApolloServerOptions } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Context } from './context.js';
import { costLimit } from './cost.js';
import { createFormatError, type ErrorLog } from './errors.js';
import { documentRules, MAX_SELECTIONS, MAX_TOKENS } from './limits.js';
import { nullVariables } from './nullVariables.js';
import { streamGate } from './live/streamGate.js';

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
    // src/http/originGuard.ts knows who asks; here a client that only says GET would be taken for a foreign page.
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
