import type { Socket } from 'node:net';
import type { Message } from './calls.js';

/** A process that was started to be an API worker. What it says before somebody listens is kept. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  send(message: Message): void;
  /** Hands over a connection of which nothing was read. */
  give(connection: number, socket: Socket): void;
  onMessage(take: (message: Message) => void): void;
  /** Calls once with what is known of its end. */
  onExit(ended: (reason: string) => void): void;
  /** Ends it: at once, or when it has seen that nobody talks to it any more. */
  end(how: 'now' | 'softly'): void;
}
