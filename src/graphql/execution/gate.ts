import {
  type DocumentNode,
  getOperationAST,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { badRequestInput, refusedRequest } from '../errors.js';

const PLAIN = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];
const SUBSCRIBE_ELSEWHERE =
  'expected a query or a mutation, got a subscription: subscribe over a WebSocket at /graphql or an event stream at /graphql/stream';
const ASK_ELSEWHERE = 'expected a subscription: queries and mutations go to POST /graphql';

/** The operation of a document that has the name asked for. Throws OPERATION_RESOLUTION_FAILURE if none has. */
export function operationNamed(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, name);
  if (operation) return operation;
  const names = document.definitions.map((node) =>
    node.kind === Kind.OPERATION_DEFINITION ? node.name?.value : undefined,
  );
  const known = names.filter((other) => other !== undefined).join(', ') || 'none, since no operation has a name';
  const got = name ? JSON.stringify(name.slice(0, 80)) : 'none';
  throw refusedRequest('OPERATION_RESOLUTION_FAILURE', `operationName: expected ${known}, got ${got}`);
}

/** Throws for an operation of a type that its connection does not carry. */
export function mustBeCarried(
  { operation: type }: OperationDefinitionNode,
  carries: readonly OperationTypeNode[] = PLAIN,
): void {
  if (!carries.includes(type)) throw elsewhere(type, carries);
}

function elsewhere(type: OperationTypeNode, carries: readonly OperationTypeNode[]): GraphQLError {
  if (type === OperationTypeNode.SUBSCRIPTION) return badRequestInput(SUBSCRIBE_ELSEWHERE);
  return carries.includes(OperationTypeNode.QUERY)
    ? refusedRequest('METHOD_NOT_ALLOWED', 'expected a query, got a mutation by GET: send it by POST')
    : badRequestInput(ASK_ELSEWHERE);
}
