import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atExit } from './atExit.js';
import { CannotRunError } from './campaign.js';

/** A small disk that a campaign can fill or cut from power: ext4 in a file, mounted through a loop device. */
export class LoopDisk {
  /** The mount point. */
  readonly path: string;
  readonly #image: string;
  #forget: (() => void) | undefined;

  /** Makes and mounts the disk; throws CannotRunError if that is not allowed. */
  constructor(folder: string, bytes: number) {
    this.path = join(folder, 'disk');
    this.#image = join(folder, 'disk.image');
    mkdirSync(this.path, { recursive: true });
    writeFileSync(this.#image, '');
    truncateSync(this.#image, bytes);
    try {
      execFileSync('mkfs.ext4', ['-q', '-F', this.#image], { stdio: 'pipe' });
      this.#mount();
    } catch (error) {
      throw new CannotRunError(`needs root, mkfs.ext4 and a loop device: ${(error as Error).message.trim()}`);
    }
  }

  /** Mounts the disk: after a cut, ext4 replays its journal first. */
  #mount(): void {
    execFileSync('mount', ['-o', 'loop', this.#image, this.path], { stdio: 'pipe' });
    // Frees the loop device too. Lazily, since a process that is just ending would keep it.
    this.#forget = atExit(() => execFileSync('umount', ['-l', this.path], { stdio: 'ignore' }));
  }

  unmount(): void {
    execFileSync('umount', [this.path], { stdio: 'pipe' });
    this.#forget?.();
  }

  /**
   * Copies the content of the disk now. The disk is the file behind the loop device: unsynced data, which are only in the page cache of the
   * file system, are not in that file. The kernel may write on its own meanwhile, so it copies until nothing has changed from start to end:
   * then the copy is of one moment.
   */
  copy(): void {
    for (let attempt = 0; attempt < 20; attempt++) {
      execFileSync('cp', ['--sparse=always', this.#image, this.#copied]);
      if (this.#isSame()) return;
    }
    throw new Error('the disk did not come to rest');
  }

  /** The power is back: the disk has the content of the copy. False if there is no copy. */
  restore(): boolean {
    if (!existsSync(this.#copied)) return false;
    this.unmount();
    renameSync(this.#copied, this.#image);
    this.#mount();
    return true;
  }

  #isSame(): boolean {
    try {
      execFileSync('cmp', ['-s', this.#image, this.#copied]);
      return true;
    } catch {
      return false;
    }
  }

  get #copied(): string {
    return `${this.#image}.copy`;
  }
}
