import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';

const CHUNK = new Uint8Array(256 * 1024);

/**
 * Space at the end of a database file that LMDB has not come to yet. What a commit may need is claimed before LMDB begins, so
 * that a full disk shows here, as an error: inside lmdb 3.5, a write that fails overruns a buffer and may end the process.
 */
export class SpaceReserve {
  readonly #file: number;
  /** The file is at least as long. */
  #bytes = 0;
  #claimed = 0;

  /** Opens an existing file. */
  constructor(path: string) {
    // To append, since LMDB writes to the same file at the same time: zeros can only come after what it wrote.
    this.#file = openSync(path, 'a');
  }

  /**
   * Makes the file hold `bytes` more than the `usedBytes` that LMDB uses and what else is claimed. Throws the error of the
   * system if there is no space, and claims nothing then.
   */
  claim(usedBytes: number, bytes: number): void {
    const wanted = usedBytes + this.#claimed + bytes;
    while (this.#bytes < wanted) {
      this.#bytes = fstatSync(this.#file).size;
      if (this.#bytes < wanted) this.#bytes += writeSync(this.#file, CHUNK);
    }
    this.#claimed += bytes;
  }

  /** The commit that claimed has ended. */
  release(bytes: number): void {
    this.#claimed -= bytes;
  }

  /** Length of the file, of one that has no name any longer, too. */
  fileBytes(): number {
    return fstatSync(this.#file).size;
  }

  close(): void {
    closeSync(this.#file);
  }
}
