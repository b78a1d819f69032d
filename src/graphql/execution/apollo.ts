import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { inputBounds } from './bounds.js';
import type { Context } from '../context.js';
import { costLimit } from './cost.js';
import { createFormatError, type ErrorLog, few, MAX_ERRORS } from '../errors.js';
import { streamGate } from '../live/passages.js';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import { rateLimited } from '../limits.js';
import { documentBudget } from './documentBudget.js';

/** What a document may look like, whatever its variables are: checked once, since Apollo keeps valid documents. */

/** Tokens of a document: several times what the largest of ours has, introspection. */
export const MAX_TOKENS = 2_000;
const MAX_DEPTH = 20;
const MAX_ALIASES = 32;
const MAX_DIRECTIVES = 32;

/** Text of all documents that are kept, four times what this project's own programs ask: parsed, each takes some ninety times as much memory. */
export const MAX_KEPT_CHARACTERS = 64 * 1024;

/** Documents that were parsed and found valid; the one used longest ago makes room. By default Apollo counts neither the objects nor their tokens. */
export function keptDocuments(): InMemoryLRUCache<DocumentNode> {
  return new InMemoryLRUCache<DocumentNode>({
    maxSize: MAX_KEPT_CHARACTERS,
    sizeCalculation: ({ loc }) => loc!.source.body.length,
  });
}

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
    documentStore: keptDocuments(),
    validationOptions: { maxErrors: MAX_ERRORS },
    executionOptions: { maxCoercionErrors: 1 },
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
      // Before the cost is computed from the arguments.
      inputBounds(),
      costLimit(),
      budgetLimit(),
      fewErrors(),
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

/** Cuts the list of errors: a document or an answer can have one for each of its fields. */
function fewErrors(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ response: { body } }) => {
        if (body.kind !== 'single' || !body.singleResult.errors) return;
        body.singleResult = { ...body.singleResult, errors: few(body.singleResult.errors) };
      },
    }),
  };
}

/**
 * Refuses an operation whose sender has spent a budget, before anything is executed; what it costs is charged. Of operations that came
 * together, each sees what those before it have spent.
 * To be added after the plugin that knows the cost.
 */
function budgetLimit(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: async () => {
      let charged = 0;
      return {
        didResolveOperation: async ({ contextValue: { budget, view } }) => {
          const shortage = budget?.shortage();
          if (shortage) throw rateLimited(shortage);
          charged = view.cost;
          budget?.spend('cost', charged);
        },
        willSendResponse: async ({ contextValue: { budget, view } }) => {
          // Reading whole blocks costs what only execution can tell.
          if (view.cost > charged) budget?.spend('cost', view.cost - charged);
        },
      };
    },
  };
}
