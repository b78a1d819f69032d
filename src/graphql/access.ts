import { codedError } from './errors.js';

/** What an admin token can permit; `all` is each of the others. */
export const SCOPES = ['read-private', 'send', 'mine', 'peers', 'all'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a request's admin token permits. */
export interface Access {
  /** Name of the token, for the audit; that of the file `admin.token` is `admin`. */
  readonly token: string;
  readonly scopes: readonly Scope[];
}

/** Throws UNAUTHENTICATED without an admin token, and FORBIDDEN that names the scope which the token lacks. */
export function requireScope(access: Access | undefined, scope: Scope): void {
  if (!access) {
    throw codedError(
      'UNAUTHENTICATED',
      'expected the header "Authorization: Bearer <token>" with the admin token of this node: it is in <data>/admin.token',
    );
  }
  const { token, scopes } = access;
  if (scopes.includes(scope) || scopes.includes('all')) return;
  throw codedError(
    'FORBIDDEN',
    `expected an admin token with the scope ${scope}, got ${token} with ${scopes.join(', ')}`,
  );
}

interface Sender {
  readonly services: { readonly members: { admits(id: string | undefined): boolean } };
  readonly giver: string | undefined;
  readonly admin: Access | undefined;
}

/** Whether a sender may act as a node here and see the others: where that is for listed nodes alone, it is one, or has an admin token. */
export function isMember({ services, giver, admin }: Sender): boolean {
  return admin !== undefined || services.members.admits(giver);
}

/** Throws NOT_A_MEMBER for anybody else. */
export function requireMember(sender: Sender): void {
  if (isMember(sender)) return;
  throw codedError(
    'NOT_A_MEMBER',
    'expected a node that is listed here, by its signed envelope, or the admin token, since this node deals with listed nodes alone',
  );
}
