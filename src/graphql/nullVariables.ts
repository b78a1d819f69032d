import type { ApolloServerPlugin, GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import {
  isNonNullType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Context } from './context.js';
import { badRequestInput } from './errors.js';
import { nullable } from './inputErrors.js';

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
export function nullVariables(): ApolloServerPlugin<Context> {
  const places = new WeakMap<OperationDefinitionNode, readonly Place[]>();
  const listener = {
    didResolveOperation: (request: GraphQLRequestContextDidResolveOperation<Context>): Promise<void> => {
      const { schema, document, operation } = request;
      if (!operation) return Promise.resolve();
      const known = places.get(operation) ?? placesOf(schema, document, operation);
      places.set(operation, known);
      const variables: Readonly<Record<string, unknown>> = request.request.variables ?? {};
      for (const { variable, isNullByDefault, name, type } of known) {
        const value = Object.hasOwn(variables, variable) ? variables[variable] : isNullByDefault ? null : undefined;
        if (value === null) return Promise.reject(badRequestInput(`${name}: expected ${type}, got null`));
      }
      return Promise.resolve();
    },
  };
  return { requestDidStart: () => Promise.resolve(listener) };
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
