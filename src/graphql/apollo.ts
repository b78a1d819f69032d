import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import {
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Context } from './context.js';
import { costLimit } from './cost.js';
import { badRequestInput, createFormatError, type ErrorLog } from './errors.js';
import { streamGate } from './live/passages.js';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import { nullable } from './inputErrors.js';

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
    validationRules: new ApolloArmor({
      maxDepth: { n: MAX_DEPTH, flattenFragments: true },
      maxAliases: { n: MAX_ALIASES },
      maxDirectives: { n: MAX_DIRECTIVES },
      // The parser counts tokens while it reads, cost.ts counts costs, and field names are no secret.
      maxTokens: { enabled: false },
      costLimit: { enabled: false },
      blockFieldSuggestion: { enabled: false },
    }).protect().validationRules,
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

/** A variable that may be null by its type, where the schema wants a value: it has a default, and null is not its absence. */
interface Place {
  readonly variable: string;
  readonly isNullByDefault: boolean;
  /** Argument or input field that it is given to. */
  readonly name: string;
  readonly type: string;
}

/**
 * Refuses null for such a variable before anything is executed: validation lets it pass, and execution would find it in the
 * middle. Refused as well where @skip or @include leave the field out.
 */
function nullVariables(): ApolloServerPlugin<Context> {
  const places = new WeakMap<OperationDefinitionNode, readonly Place[]>();
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, operation, request: { variables = {} } }) => {
        if (!operation) return;
        const known = places.get(operation) ?? placesOf(schema, document, operation);
        places.set(operation, known);
        for (const { variable, isNullByDefault, name, type } of known) {
          const value: unknown = Object.hasOwn(variables, variable)
            ? variables[variable]
            : isNullByDefault
              ? null
              : undefined;
          if (value === null) throw badRequestInput(`${name}: expected ${type}, got null`);
        }
      },
    }),
  };
}

function placesOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Place[] {
  const definitions = new Map(
    (operation.variableDefinitions ?? []).map((definition) => [definition.variable.name.value, definition]),
  );
  const places: Place[] = [];
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      // Another operation of the document is not executed; fragments may be.
      OperationDefinition: (node) => (node === operation ? undefined : false),
      VariableDefinition: () => false,
      Variable: (node, _key, parent) => {
        const type = typeInfo.getInputType();
        const definition = definitions.get(node.name.value);
        if (!isNonNullType(type) || !definition || definition.type.kind === Kind.NON_NULL_TYPE) return;
        places.push({
          variable: node.name.value,
          isNullByDefault: definition.defaultValue?.kind === Kind.NULL,
          name: nameOf(parent) ?? node.name.value,
          type: nullable(String(type)),
        });
      },
    }),
  );
  return places;
}

/** Undefined for an item of a list. */
function nameOf(parent: ASTNode | readonly ASTNode[] | undefined): string | undefined {
  if (!parent || !('kind' in parent)) return undefined;
  return parent.kind === Kind.ARGUMENT || parent.kind === Kind.OBJECT_FIELD ? parent.name.value : undefined;
}
