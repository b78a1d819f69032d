import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asertTarget } from '../../src/consensus/pow.js';
import { readVectors, skipUnless } from './vectorFiles.js';

interface Run {
  readonly description: string;
  readonly anchorHeight: bigint;
  readonly anchorTime: number;
  readonly anchorTarget: number;
  readonly lines: readonly string[];
}

function parseRun(text: string): Run {
  const setting = (name: RegExp): string => {
    const value = new RegExp(`^## +${name.source}: (.+)$`, 'm').exec(text)?.[1];
    assert.ok(value, `expected a line ${name.source}`);
    return value;
  };
  return {
    description: setting(/description/),
    anchorHeight: BigInt(setting(/anchor height/)),
    anchorTime: Number(setting(/anchor (?:ancestor|parent) time/)),
    anchorTarget: Number(setting(/anchor nBits/)),
    lines: text.split('\n').filter((line) => /^\d/.test(line)),
  };
}

describe('aserti3-2d answers the published runs', () => {
  for (let run = 1; run <= 12; run++) {
    const file = `asert/run${String(run).padStart(2, '0')}`;
    it(file, { skip: skipUnless(file) }, () => {
      const { description, anchorHeight, anchorTime, anchorTarget, lines } = parseRun(readVectors(file));
      assert.ok(lines.length >= 10, description);
      const schedule = {
        anchor: { height: 0, parentTime: anchorTime, target: anchorTarget },
        idealInterval: 600,
        halfLife: 172_800,
        limit: 0x1d00ffff,
      };
      for (const line of lines) {
        const [, height, time, target] = line.split(' ') as [string, string, string, string];
        // Counted from the anchor: one run has heights that only a 64-bit integer holds.
        const above = Number(BigInt(height) - anchorHeight);
        assert.equal(asertTarget(schedule, above, Number(time)), Number(target), `${description}, line ${line}`);
      }
    });
  }
});
