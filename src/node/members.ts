import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { Event } from '../util/event.js';

/** The nodes that this one deals with: those that a file lists, or all where there is no file. */
export class Members {
  /** The file was read again. */
  readonly changed = new Event<void>();
  readonly #file: string | undefined;
  readonly #log: Pick<Logger, 'info' | 'error'>;
  #ids: ReadonlySet<string> | undefined;

  private constructor(file: string | undefined, log: Pick<Logger, 'info' | 'error'>) {
    this.#file = file;
    this.#log = log;
  }

  /** Reads the file. Throws RangeError for one that is no list of node ids. */
  static async open(file: string | undefined, log: Pick<Logger, 'info' | 'error'>): Promise<Members> {
    const members = new Members(file, log);
    if (file !== undefined) await members.#read(file);
    return members;
  }

  /** Hexadecimal ids of the nodes that this one deals with; undefined: with all. */
  get ids(): ReadonlySet<string> | undefined {
    return this.#ids;
  }

  /** Whether this node deals with the node of this proven id, in hexadecimal; undefined stands for one without. */
  admits(id: string | undefined): boolean {
    return !this.#ids || (id !== undefined && this.#ids.has(id));
  }

  /** Reads the file again. A list that cannot be used changes nothing, and the log says why. */
  async reload(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      await this.#read(this.#file);
      this.changed.emit();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#log.error({ reason: error.message }, 'the list of members stays as it was');
    }
  }

  async #read(file: string): Promise<void> {
    this.#ids = readMembers(file, await textOf(file));
    this.#log.info({ members: this.#ids.size, file }, 'this node deals with the listed nodes alone');
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
    throw new RangeError(`${file}: expected a list of node ids, got ${got}`);
  }
}

/** The ids of a list: one a line, with comments after `#`. */
function readMembers(file: string, text: string): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const id = line.split('#', 1)[0]!.trim().toLowerCase();
    if (id === '') continue;
    if (!NODE_ID.test(id)) {
      const got = JSON.stringify(line.trim().slice(0, MAX_SHOWN));
      throw new RangeError(
        `${file}: line ${index + 1}: expected a node id of 64 hexadecimal digits, or a comment after #, got ${got}`,
      );
    }
    ids.add(id);
  }
  return ids;
}

const NODE_ID = /^[0-9a-f]{64}$/;
const MAX_SHOWN = 100;
