import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Message } from '../../node/workers/calls.js';
import type { WorkerProcess } from '../../node/workers/workerProcess.js';
import type { WorkerSource } from '../../node/world.js';
import { openFilesLimit } from '../../util/openFiles.js';

const ENTRY = fileURLToPath(new URL('./entry.js', import.meta.url));

/** How a node starts so many API workers; undefined for none. `logLine` takes the lines of their logs. */
export function workerSource(
  count: number,
  logLevel: string,
  logLine: WorkerSource['logLine'],
): WorkerSource | undefined {
  if (count === 0) return undefined;
  return { count, openFiles: openFilesLimit(), logLine, fork: () => new ForkedWorker(logLevel) };
}

class ForkedWorker implements WorkerProcess {
  readonly #child: ChildProcess;

  constructor(logLevel: string) {
    this.#child = fork(ENTRY, [logLevel], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    // A process that cannot be started ends as well.
    this.#child.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: Message): void {
    this.#say(message);
  }

  give(connection: number, socket: Socket): void {
    this.#say(connection, socket);
  }

  onMessage(take: (message: Message) => void): void {
    // Node.js keeps what came before anybody listened.
    this.#child.on('message', (message) => take(message as Message));
  }

  onExit(ended: (reason: string) => void): void {
    const child = this.#child;
    const tell = () => ended(child.signalCode ?? `exit code ${child.exitCode}`);
    if (child.exitCode !== null || child.signalCode !== null) tell();
    else child.once('exit', tell);
  }

  end(how: 'now' | 'softly'): void {
    if (how === 'now') this.#child.kill('SIGKILL');
    else if (this.#child.connected) this.#child.disconnect();
  }

  /** What cannot be sent any more is lost with the process, whose end is told. */
  #say(what: Message | number, socket?: Socket): void {
    if (this.#child.connected) this.#child.send(what, socket, {}, () => undefined);
    else socket?.destroy();
  }
}
