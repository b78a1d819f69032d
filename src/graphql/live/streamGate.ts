import type { ApolloServerPlugin } from '@apollo/server';
import { Kind, OperationTypeNode, type DocumentNode, type GraphQLError } from 'graphql';
import type { Context } from '../context.js';
import { badRequestInput, refusedRequest } from '../errors.js';

/**
 * Hands subscriptions over to the connection that can carry them, after every check that other operations go through as well:
 * there is one set of limits, and no second place where one could be forgotten. What a connection does not carry is refused.
 */
export function streamGate(): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: async ({ document, request, operation, contextValue: { carries } }) => {
          if (!operation) throw unknownOperation(document, request.operationName);
          const type = operation.operation;
          if (!(carries ?? PLAIN).includes(type)) throw elsewhere(type, carries ?? PLAIN);
        },
        responseForOperation: async ({ operation, document, contextValue: { stream }, response }) => {
          if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return null;
          stream!.subscribe(document);
          return { http: response.http, body: { kind: 'single', singleResult: {} } };
        },
      }),
  };
}

function elsewhere(type: OperationTypeNode, carries: readonly OperationTypeNode[]): GraphQLError {
  if (type === OperationTypeNode.SUBSCRIPTION) return badRequestInput(SUBSCRIBE_ELSEWHERE);
  return carries.includes(OperationTypeNode.QUERY)
    ? refusedRequest('METHOD_NOT_ALLOWED', 'expected a query, got a mutation by GET: send it by POST')
    : badRequestInput(ASK_ELSEWHERE);
}

function unknownOperation({ definitions }: DocumentNode, asked: string | undefined): GraphQLError {
  const names = definitions.map((node) => (node.kind === Kind.OPERATION_DEFINITION ? node.name?.value : undefined));
  const known = names.filter((name) => name !== undefined).join(', ') || 'none, since no operation has a name';
  const got = asked ? JSON.stringify(asked.slice(0, 80)) : 'none';
  return refusedRequest('OPERATION_RESOLUTION_FAILURE', `operationName: expected ${known}, got ${got}`);
}

const PLAIN = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];
const SUBSCRIBE_ELSEWHERE =
  'expected a query or a mutation, got a subscription: subscribe over a WebSocket at /graphql or an event stream at /graphql/stream';
const ASK_ELSEWHERE = 'expected a subscription: queries and mutations go to POST /graphql';
