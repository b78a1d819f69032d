import type { ApolloServerPlugin } from '@apollo/server';
import { getVariableValues, GraphQLError, OperationTypeNode } from 'graphql';
import type { Context } from '../context.js';
import { refusedVariable } from '../errors.js';

/**
 * Hands subscriptions over to the connection that can carry them, after every check that other operations go through as well:
 * there is one set of limits, and no second place where one could be forgotten. Elsewhere they are refused with BAD_USER_INPUT.
 */
export function streamGate(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: async ({ schema, request, operation, contextValue: { stream } }) => {
          // None has the name asked for: execution says so.
          if (!operation) return;
          const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION;
          if (!(stream?.operations ?? PLAIN).includes(operation.operation)) {
            const message = isSubscription ? SUBSCRIBE_ELSEWHERE : ASK_ELSEWHERE;
            throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });
          }
          if (!isSubscription) return;
          const definitions = operation.variableDefinitions ?? [];
          const { errors } = getVariableValues(schema, definitions, request.variables ?? {}, { maxErrors: 1 });
          if (errors) throw refusedVariable(errors[0]!);
        },
        responseForOperation: async ({ operation, document, contextValue: { stream }, response }) => {
          // Undefined at run time where none has the name asked for.
          const type = (operation as typeof operation | undefined)?.operation;
          if (type !== OperationTypeNode.SUBSCRIPTION) return null;
          stream!.subscribe(document);
          return { http: response.http, body: { kind: 'single', singleResult: {} } };
        },
      }),
  };
}

const PLAIN = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];
const SUBSCRIBE_ELSEWHERE =
  'expected a query or a mutation, got a subscription: subscribe over a WebSocket at /graphql or an event stream at /graphql/stream';
const ASK_ELSEWHERE = 'expected a subscription: queries and mutations go to POST /graphql';
