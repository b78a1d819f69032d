import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines } from './corrente.js';
import { developmentAddress } from './developmentAddress.js';

const home = temporaryFolder();
const run = commandLines(home);

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly source: string;
}

function configFile(settings: unknown): string {
  writeFileSync(join(home, 'node.json'), typeof settings === 'string' ? settings : JSON.stringify(settings));
  return 'node.json';
}

/** What `corrente config` prints of these settings, by name. */
async function printed(args: readonly string[], env = {}): Promise<ReadonlyMap<string, Row>> {
  const { code, stdout, stderr } = await run(['config', '--json', ...args], env);
  assert.equal(code, 0, stderr);
  return new Map((JSON.parse(stdout) as Row[]).map((row) => [row.name, row]));
}

describe('settings of a node', () => {
  it('come from a flag before a variable, a variable before the file, and the file before the default', async () => {
    const file = configFile({ port: 1, host: '::1', outbound: 3, mine: 2.5 });
    const env = { CORRENTE_CONFIG: file, CORRENTE_PORT: '2', CORRENTE_HOST: '::2' };
    const settings = await printed(['--port', '3'], env);
    for (const [name, value, source] of [
      ['port', 3, 'flag'],
      ['host', '::2', 'environment'],
      ['outbound', 3, 'file'],
      ['mine', 2.5, 'file'],
      ['logLevel', 'info', 'default'],
      ['publicUrl', null, 'default'],
      ['data', join(home, '.corrente', 'development'), 'default'],
      ['network', 'development', 'default'],
    ] as const) {
      assert.deepEqual(settings.get(name), { name, value, source });
    }
  });

  it('have a list in the file where a flag can be repeated, or a text with commas', async () => {
    const peers = ['http://a.example/graphql', 'http://b.example/graphql'];
    for (const peer of [peers, peers.join(',')]) {
      const settings = await printed(['--config', configFile({ peer })]);
      assert.deepEqual(settings.get('peer'), { name: 'peer', value: peers, source: 'file' });
    }
    const { stdout } = await run(['config', '--config', configFile({ peer: peers })]);
    assert.match(stdout, /^peer {14}http:\/\/a\.example\/graphql, http:\/\/b\.example\/graphql {2}file$/m);
  });

  it('of a file hold for every command that has them', async () => {
    const file = configFile({ data: join(home, 'elsewhere'), port: 4 });
    assertRefused(await run(['mine', '--config', file]), 1, /expected the admin token in .*elsewhere\/admin\.token/);
  });

  it('are those that the node starts with', async () => {
    const file = configFile({ network: 'development', miner: developmentAddress(0).replace('cordev', 'cor') });
    assertRefused(await run(['node', '--config', file]), 2, /--config node\.json: miner: expected an address/);
    const missing = configFile({ network: 'gone.json' });
    assertRefused(await run(['node', '--config', missing]), 2, /--network gone\.json: expected "development" or/);
  });

  it('never print a secret', async () => {
    const env = { CORRENTE_TOKEN: 'a'.repeat(64), CORRENTE_PASSPHRASE: 'correct horse' };
    const { stdout } = await run(['config'], env);
    assert.match(stdout, /^CORRENTE_TOKEN +set, not shown +environment$/m);
    assert.doesNotMatch(stdout, /aaaa|correct horse/);
  });
});

describe('a file of settings is refused with one line that says where', () => {
  for (const [settings, expected] of [
    ['{"port": 4000,}', /--config node\.json: expected JSON, got /],
    ['[]', /--config node\.json: expected an object of settings, got \[\]/],
    [{ prot: 4000 }, /"prot" is no setting; did you mean port\?/],
    [{ 'public-url': 'http://a.example/graphql' }, /"public-url" is no setting; did you mean publicUrl\?/],
    [{ banana: 1 }, /"banana" is no setting$/],
    [{ ['x'.repeat(10_000)]: 1 }, /"x{99}… is no setting$/],
    [{ port: 65_536 }, /port: expected a whole number from 0 to 65535, got "65536"/],
    [{ port: true }, /port: expected a text or a number, got true/],
    [{ peer: 4 }, /peer: expected a list of texts, got 4/],
    [{ peer: ['nonsense'] }, /peer: expected an http or https URL .*, got "nonsense"/],
    [{ peer: [''] }, /peer: expected a text, got ""/],
    [{ logLevel: 'loud' }, /logLevel: expected one of error, warn, info, debug, got "loud"/],
    [{ publicUrl: 'http://me:secret@here/' }, /publicUrl: expected an http or https URL without user name/],
  ] as const) {
    it(JSON.stringify(settings).slice(0, 60), async () => {
      for (const command of ['node', 'config']) {
        assertRefused(await run([command, '--config', configFile(settings)]), 2, expected);
      }
    });
  }

  it('and the line names no password that it holds', async () => {
    const ended = await run(['config', '--config', configFile({ publicUrl: 'http://me:secret@here/' })]);
    assert.doesNotMatch(ended.stderr, /secret/);
  });
});
