import type { DocumentNode, OperationTypeNode } from 'graphql';
import type { Budget } from './limits.js';
import type { Access } from './access.js';
import type { RequestView } from './requestView.js';
import type { Services } from './services.js';

/** What the resolvers of one request share. A plain object, because Apollo copies it. */
export interface Context {
  readonly services: Services;
  readonly view: RequestView;
  /** Id of the node that sent the request, if it signed it. */
  readonly giver: string | undefined;
  /** Address that the request came from. */
  readonly from: string;
  /** What the admin token permits that the request carries, if it carries one. */
  readonly admin: Access | undefined;
  /** What its sender may still spend; undefined for those whom nothing is counted of. */
  readonly budget?: Budget | undefined;
  /** The answer says what it cost, in `extensions.cost`. */
  readonly showsCost?: boolean;
  /** Operations that the connection carries; queries and mutations where absent. */
  readonly carries?: readonly OperationTypeNode[];
  /** Set by a connection that can carry more than one answer. */
  readonly stream?: {
    /** Takes a subscription that broke no limit, instead of its being executed. */
    subscribe(document: DocumentNode): void;
  };
}
