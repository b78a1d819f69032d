declare module 'fs-native-extensions' {
  /** Takes the lock of a whole open file without waiting (an open-file-description lock on Linux); false if another holds it. */
  export function tryLock(fd: number): boolean;
  export function unlock(fd: number): void;
}
