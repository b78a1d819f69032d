import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Random } from '../../campaigns/random.js';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { examine, makeFolder } from './damagedFolder.js';

const FILES = ['chain.mdb', 'node.mdb'] as const;
const CASES = 200;
const BLOCKS_AFTER = 3;
const PAGE_BYTES = 4096;
/** Errors that say which file is damaged, and how. */
const CLEAR = ['DataFolderError', 'CorruptDataError', 'ChainDamageError'];

/** Answers each line with the result of `examine`, as long as LMDB lets it live. */
const EXAMINER = `
  const { createInterface } = await import('node:readline');
  const { examine } = await import(process.argv[1]);
  for await (const line of createInterface({ input: process.stdin })) {
    const [folder, blocks] = JSON.parse(line);
    const answer = await examine(folder, blocks).then((digest) => ({ digest }), ({ name, message }) => ({ name, message }));
    process.stdout.write(JSON.stringify(answer) + '\\n');
  }`;

interface Answer {
  readonly digest?: string;
  readonly name?: string;
  readonly message?: string;
}

describe('a data folder whose files were damaged while the node was stopped', () => {
  const folder = temporaryFolder();
  const damaged = join(folder, 'damaged');
  const contents = new Map<string, Buffer>();
  let examiner: Examiner | undefined;

  before(async () => {
    const whole = join(folder, 'whole');
    await makeFolder(whole);
    for (const file of FILES) contents.set(file, readFileSync(join(whole, file)));
  });
  after(() => examiner?.end());

  function restore(): void {
    rmSync(damaged, { recursive: true, force: true });
    mkdirSync(damaged);
    for (const [file, bytes] of contents) writeFileSync(join(damaged, file), bytes);
  }

  async function ask(blocks: number): Promise<Answer> {
    if (!examiner || examiner.hasEnded) examiner = new Examiner();
    return examiner.ask(damaged, blocks);
  }

  it(`${CASES} bit flips and truncations are each detected, or change no balance`, async (context) => {
    const seed = seedOf(context);
    const random = new Random(seed);
    restore();
    const expected = [await examine(damaged, 0), await examine(damaged, BLOCKS_AFTER)];
    const missed: string[] = [];
    let detected = 0;
    for (let index = 0; index < CASES; index++) {
      restore();
      const what = damage(random);
      let answer = await ask(0);
      // Unnoticed damage must not appear as wrong data when the pages are written again.
      if (answer.digest === expected[0]) answer = await ask(BLOCKS_AFTER);
      else if (answer.digest !== undefined) answer = { name: 'other data' };
      if (answer.digest === expected[1]) continue;
      if (CLEAR.includes(answer.name ?? '')) detected++;
      else missed.push(`${what}: ${answer.name ?? 'other data'} ${answer.message ?? ''}`);
    }
    assert.deepEqual(missed, []);
    context.diagnostic(`${detected} of ${CASES} detected, the others changed nothing`);
    assert.ok(detected > CASES / 5 && detected < CASES, `${detected} detected`);
  });

  /** Damages one file of the folder; says how. */
  function damage(random: Random): string {
    const file = random.pick(['chain.mdb', 'chain.mdb', 'chain.mdb', 'node.mdb'] as const);
    const bytes = Buffer.from(contents.get(file)!);
    const used = usedBytes(bytes);
    if (random.below(4) === 0) {
      const length = 1 + random.below(used - 1);
      writeFileSync(join(damaged, file), bytes.subarray(0, length));
      return `${file} cut to ${length} bytes`;
    }
    // Half of them in the first bytes of a page, which LMDB trusts.
    const offset = random.below(used / PAGE_BYTES) * PAGE_BYTES + random.below(random.pick([PAGE_BYTES, 160]));
    const bit = random.below(8);
    bytes[offset]! ^= 1 << bit;
    writeFileSync(join(damaged, file), bytes);
    return `${file}, byte ${offset}, bit ${bit}`;
  }
});

/** A process of its own, which damaged pages may end. */
class Examiner {
  readonly #child: ChildProcess;
  #answered: (answer: Answer) => void = () => undefined;
  hasEnded = false;

  constructor() {
    const module = new URL('./damagedFolder.js', import.meta.url).href;
    const script = ['--input-type=module', '-e', EXAMINER, '--', module];
    this.#child = spawn(process.execPath, script, { stdio: ['pipe', 'pipe', 'ignore'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#answered(JSON.parse(line) as Answer));
    this.#child.on('exit', (code, signal) => {
      this.hasEnded = true;
      this.#answered({ name: `the process ended with ${signal ?? code}` });
    });
  }

  ask(folder: string, blocks: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#child.stdin!.write(`${JSON.stringify([folder, blocks])}\n`);
    });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Up to the last page of the newest transaction; LMDB's own file may be longer. */
function usedBytes(bytes: Buffer): number {
  const lastPage = (meta: number) => Number(bytes.readBigUInt64LE(meta * PAGE_BYTES + 144));
  return (Math.max(lastPage(0), lastPage(1)) + 1) * PAGE_BYTES;
}

function seedOf(context: TestContext): number {
  const seed = Number(process.env['CORRUPTION_SEED'] ?? Date.now() % 2 ** 31);
  context.diagnostic(`CORRUPTION_SEED=${seed} repeats this run`);
  return seed;
}
