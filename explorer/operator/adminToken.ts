import { useSyncExternalStore } from 'react';

/** The admin token that this tab uses; undefined while it has none. It is in the tab's storage, and goes when the tab is closed. */
export function useAdminToken(): string | undefined {
  return useSyncExternalStore(subscribe, () => sessionStorage.getItem(STORED_TOKEN) ?? undefined);
}

/** Uses this token from now on. */
export function keepToken(token: string): void {
  sessionStorage.setItem(STORED_TOKEN, token);
  for (const listener of listeners) listener();
}

/** Forgets the token. */
export function forgetToken(): void {
  sessionStorage.removeItem(STORED_TOKEN);
  for (const listener of listeners) listener();
}

const STORED_TOKEN = 'corrente.adminToken';
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
