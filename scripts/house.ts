// Prints the size and shape of src and of its dependencies as one table: `npm run house [-- [--install] [REVISION...]]`.
// It has a column for each named revision of git, then one for the work tree. With --install, each is also installed in a temporary copy.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { filesByFolder, functionsOf, importsOf, readSources } from './sources.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values, positionals } = parseArgs({ options: { install: { type: 'boolean' } }, allowPositionals: true });

const scratch = mkdtempSync(join(tmpdir(), 'corrente-house-'));
try {
  const columns: [string, Record<string, string>][] = [];
  for (const revision of [...positionals, undefined]) {
    const folder = revision === undefined ? root : checkedOut(revision);
    const figures = { ...shape(folder), ...dependencies(folder), ...(values.install ? installed(folder) : {}) };
    columns.push([revision ?? 'work tree', figures]);
  }
  console.log(table(columns));
} finally {
  rmSync(scratch, { recursive: true });
}

/** A folder with the files of a revision, without the history. */
function checkedOut(revision: string): string {
  const folder = mkdtempSync(join(scratch, 'revision-'));
  const archive = join(scratch, 'archive.tar');
  execFileSync('git', ['archive', '--output', archive, revision], { cwd: root });
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  return folder;
}

function shape(folder: string): Record<string, string> {
  const all = readSources(folder, 'src');
  const written = all.filter(({ isGenerated }) => !isGenerated);
  const byLines = written.toSorted((one, other) => one.lines - other.lines);
  const longest = byLines.at(-1)!;
  const functions = written.flatMap(functionsOf).sort((one, other) => other.lines - one.lines);
  const [level, onLevel] = [...filesByFolder(written)].reduce((most, next) => (next[1] > most[1] ? next : most));
  const importers = new Map<string, number>();
  for (const path of all.flatMap((source) => importsOf(source))) importers.set(path, (importers.get(path) ?? 0) + 1);
  return {
    'files of src': count(written.length),
    'median lines of a file': count(median(byLines.map(({ lines }) => lines))),
    'files of 25 lines or less': count(written.filter(({ lines }) => lines <= 25).length),
    'files imported by one other file': count(written.filter(({ path }) => importers.get(path) === 1).length),
    'longest file': `${longest.lines} (${longest.path})`,
    functions: count(functions.length),
    'longest function': `${functions[0]!.lines} (${functions[0]!.name}, ${functions[0]!.place})`,
    'functions above 80 lines': count(functions.filter(({ lines }) => lines > 80).length),
    'most files on a level': `${onLevel} (${level})`,
    'lines of src': count(total(written.map(({ lines }) => lines))),
    'lines of src, generated': count(total(all.filter(({ isGenerated }) => isGenerated).map(({ lines }) => lines))),
  };
}

function dependencies(folder: string): Record<string, string> {
  const { dependencies, devDependencies, overrides } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
    overrides?: Overrides;
  };
  return {
    'dependencies, production': count(Object.keys(dependencies).length),
    'dependencies, development': count(Object.keys(devDependencies).length),
    overrides: count(leaves(overrides ?? {})),
  };
}

interface Overrides {
  readonly [name: string]: string | Overrides;
}

function leaves(overrides: Overrides): number {
  return total(Object.values(overrides).map((override) => (typeof override === 'string' ? 1 : leaves(override))));
}

/** Installs the dependencies of a folder twice: it times the second run, which finds everything in npm's cache. */
function installed(folder: string): Record<string, string> {
  const copy = mkdtempSync(join(scratch, 'installed-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
  let milliseconds = 0;
  for (let round = 0; round < 2; round += 1) {
    const before = performance.now();
    execFileSync('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], {
      cwd: copy,
      stdio: 'pipe',
    });
    milliseconds = performance.now() - before;
  }
  const bytes = sizeOf(join(copy, 'node_modules'));
  rmSync(copy, { recursive: true });
  return {
    'size of node_modules, MiB': count(Math.round(bytes / 2 ** 20)),
    'npm ci --ignore-scripts, s': (milliseconds / 1000).toFixed(1),
  };
}

function sizeOf(folder: string): number {
  return total(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => lstatSync(join(entry.parentPath, entry.name)).size),
  );
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function count(number: number): string {
  return number.toLocaleString('en');
}

/** Markdown: a row for each figure. */
function table(columns: readonly (readonly [string, Record<string, string>])[]): string {
  const rows = [['', ...columns.map(([name]) => name)]];
  for (const figure of Object.keys(columns[0]![1]))
    rows.push([figure, ...columns.map(([, figures]) => figures[figure]!)]);
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
