import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporaryFolder.js';

export interface TestAuthority {
  /** Its certificate, for NODE_EXTRA_CA_CERTS or a `ca` option. */
  readonly file: string;
  /** Writes a new certificate for localhost and 127.0.0.1, and its key, under this name; the same name again replaces both. */
  issue(name: string): { readonly cert: string; readonly key: string };
}

/** A certificate authority of this test file alone, made with openssl. */
export function testAuthority(): TestAuthority {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const [file, key] = [path('ca.pem'), path('ca.key')];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=Test authority', '-days', '2', '-keyout', key, '-out', file);
  writeFileSync(path('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  return {
    file,
    issue: (name) => {
      const [cert, ownKey, request] = [path(`${name}.pem`), path(`${name}.key`), path('request')];
      openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', ownKey, '-out', request);
      openssl(
        ...['x509', '-req', '-in', request, '-CA', file, '-CAkey', key, '-CAcreateserial', '-days', '2'],
        ...['-extfile', path('names'), '-out', cert],
      );
      chmodSync(ownKey, 0o600);
      return { cert, key: ownKey };
    },
  };
}
