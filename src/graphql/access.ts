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
