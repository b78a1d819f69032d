import type { ChildProcess } from 'node:child_process';
import { after } from 'node:test';
import type { TlsFiles } from '../../src/http/tls.js';
import { closeBeforeDeletion, temporaryFolder } from '../support/temporaryFolder.js';
import type { TestAuthority } from '../support/testAuthority.js';
import { corrente, type Ended } from './corrente.js';

export interface TlsNode {
  readonly url: string;
  readonly data: string;
  readonly child: ChildProcess;
  /** Resolves when its log has said this once more. */
  logged(text: string): Promise<void>;
}

/** A node in a process of its own that speaks TLS with this pair and trusts the authority; ended with the test file. */
export async function startNodeProcess(
  authority: TestAuthority,
  pair: TlsFiles,
  args: readonly string[] = [],
): Promise<TlsNode> {
  const env = { NODE_EXTRA_CA_CERTS: authority.file };
  const data = temporaryFolder();
  const line = ['node', '--json', '--log-format', 'json', '--port', '0', '--data', data, '--outbound', '0'];
  const heard: { text: string; resolve: () => void }[] = [];
  let ended: Promise<Ended> | undefined;
  const { url, child } = await new Promise<{ url: string; child: ChildProcess }>((resolve, reject) => {
    ended = corrente([...line, '--tls-cert', pair.cert, '--tls-key', pair.key, ...args], {
      home: data,
      env,
      heard: (stdout, child) => resolve({ url: (JSON.parse(stdout) as { url: string }).url, child }),
      started: (child) =>
        child.stderr!.on('data', (chunk: Buffer) => {
          for (const { text, resolve } of heard.filter(({ text }) => chunk.includes(text))) {
            heard.splice(
              heard.findIndex((one) => one.text === text && one.resolve === resolve),
              1,
            );
            resolve();
          }
        }),
    });
    void ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  closeBeforeDeletion(data, stop);
  after(stop);
  return { url, data, child, logged: (text) => new Promise((resolve) => heard.push({ text, resolve })) };
}
