import { execFileSync } from 'node:child_process';
import { CannotRunError } from './campaign.js';

/** Throws CannotRunError if strace is missing or may not trace. */
export function requireStrace(): void {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'pipe' });
  } catch (error) {
    throw new CannotRunError(`needs strace that may trace: ${(error as Error).message.trim()}`);
  }
}

/**
 * The start of a command that runs a program under strace with an injection such as `fdatasync:error=EIO:when=3+`, into calls on these
 * files only, or on all. The started process is the program, and strace is its descendant (-D). It does not use --seccomp-bpf, which is
 * faster but drops injected signals. `when` counts each thread separately.
 */
export function injecting(
  injection: string,
  options: { readonly files?: readonly string[]; readonly log?: string } = {},
): string[] {
  const { files = [], log = '/dev/null' } = options;
  const calls = injection.slice(0, injection.indexOf(':'));
  const traced = files.flatMap((file) => ['-P', file]);
  return ['strace', '-f', '-D', '-o', log, '-e', `trace=${calls}`, '-e', `inject=${injection}`, ...traced];
}
