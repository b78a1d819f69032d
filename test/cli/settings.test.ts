import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../support/temporaryFolder.js';
import { assertRefused } from './assertRefused.js';
import { commandLines, corrente } from './corrente.js';
import { developmentAddress, mistyped } from './developmentAddress.js';

const home = temporaryFolder();
writeFileSync(join(home, 'junk.json'), '{"name": 7}');
const run = commandLines(home);

/** Flag of `corrente node`, a wrong value, and the message about it. */
const MALFORMED: readonly (readonly [flag: string, value: string, expected: RegExp])[] = [
  ['--data', '', /expected a text, got ""/],
  // Without the check, the server takes it for every address of the machine.
  ['--host', '', /expected a text, got ""/],
  ['--host', 'http://127.0.0.1:4000', /expected an address such as 0\.0\.0\.0 without scheme and port, got "http:/],
  ['--port', '65536', /expected a whole number from 0 to 65535, got "65536"/],
  ['--port', 'tcp://10.96.0.1:4000', /expected a port, got "tcp:.*Kubernetes.*enableServiceLinks: false/],
  ['--port', '4e3', /expected a whole number .*, got "4e3"/],
  ['--peer', 'ftp://a.example/graphql', /expected an http or https URL .*, got "ftp:/],
  ['--peer', 'http://a.example,nonsense', /expected an http or https URL .*, got "nonsense"/],
  ['--network', 'missing.json', /expected "development" or a network file, got no file/],
  ['--network', '/', /expected "development" or a network file, got a folder/],
  ['--network', 'junk.json', /network file junk\.json: name: expected a text, got 7/],
  ['--mine', 'soon', /expected off or seconds from 0 to 86400, got "soon"/],
  ['--mine', '-1', /expected off or seconds from 0 to 86400, got "-1"/],
  ['--miner', mistyped(developmentAddress(0)), /expected an address with a valid checksum, got "cordev1/],
  ['--miner', 'nobody', /expected an address such as cor1…, got "nobody"/],
  ['--public-url', 'here', /expected an http or https URL .*, got "here"/],
  ['--public-url', 'http://me:secret@here/', /expected an http or https URL without user name and password/],
  ['--allow-host', 'https://ledger.example.com', /expected a host name such as ledger\.example\.com, got "https:/],
  ['--allow-host', 'ledger.example.com:443', /expected a host name .*, got "ledger\.example\.com:443"/],
  ['--allow-origin', 'wallet.example.com', /expected an origin such as https:.*, got "wallet\.example\.com"/],
  ['--allow-origin', 'https://wallet.example.com/page', /expected an origin .*\/page"/],
  ['--trust-proxy', '10.0.0.0/33', /expected 1 to 9 proxies, or addresses .*, got "10\.0\.0\.0\/33"/],
  ['--tls-cert', '', /expected a text, got ""/],
  ['--tls-key', '', /expected a text, got ""/],
  ['--signer', '/run/signer', /expected unix: and the path of a socket, got "\/run\/signer"/],
  ['--peers-only', '', /expected a text, got ""/],
  ['--api-workers', '65', /expected a whole number .*, got "65"/],
  ['--outbound', 'many', /expected a whole number .*, got "many"/],
  ['--broadcast-timeout', '9', /expected a whole number from 10 to 600000, got "9"/],
  ['--log-level', 'loud', /expected one of error, warn, info, debug, got "loud"/],
  ['--log-format', 'xml', /expected one of pretty, json, got "xml"/],
  ['--config', 'missing.json', /--config missing\.json: no such file or folder/],
];

const variableOf = (flag: string) => `CORRENTE_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`;

describe('a malformed setting of the node is one line that names it, expected and got', () => {
  for (const [flag, value, expected] of MALFORMED) {
    it(`${flag} ${JSON.stringify(value)}, as a flag and as a variable`, async () => {
      assertRefused(await run(['node', `${flag}=${value}`]), 2, new RegExp(flag), expected);
      assertRefused(await run(['node'], { [variableOf(flag)]: value }), 2, new RegExp(flag), expected);
    });
  }

  it('a variable of a flag without value, where 0 must not mean yes', async () => {
    for (const value of ['0', 'no', '']) {
      const ended = await run(['keys', 'list'], { CORRENTE_JSON: value });
      assertRefused(ended, 2, /--json \(CORRENTE_JSON\): expected 1 or no such variable/, new RegExp(`got "${value}"`));
    }
    const { code, stdout } = await run(['keys', 'list'], { CORRENTE_JSON: '1' });
    assert.deepEqual([code, JSON.parse(stdout)], [0, []]);
  });

  it('and the table has every flag that there is', async () => {
    const { stdout, code } = await run(['node', '--help']);
    assert.equal(code, 0);
    const flags = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map((match) => match[1]);
    assert.deepEqual(
      flags.filter((flag) => !MALFORMED.some(([other]) => other === flag)),
      ['--json'],
    );
  });
});

/** Flags that make a payment: a variable left over from yesterday must not make one. */
const PAYMENT = [
  '--forget',
  '--to',
  '--amount',
  '--fee',
  '--memo',
  '--batch',
  '--replaces',
  '--again',
  '--yes',
  '--dry-run',
];

it('every flag of every command is also a variable, but those that make a payment', async () => {
  const commands = [
    'token create',
    'token list',
    'token revoke',
    'node',
    'config',
    'devnet',
    'keys new',
    'keys list',
    'keys show',
    'send',
    'outbox',
    'balance',
    'mine',
  ];
  commands.push('peers list', 'keys import', 'keys export', 'keys passphrase');
  commands.push('peers add', 'peers remove', 'network create', 'verify', 'export', 'import', 'reindex', 'watch');
  for (const command of commands) {
    const { stdout } = await run([...command.split(' '), '--help']);
    // Long descriptions go on in the next line.
    const flags = [...stdout.replace(/\n {6,}/g, ' ').matchAll(/^ {2}(--[a-z-]+).*$/gm)];
    assert.ok(flags.length > 0, `${command}: ${stdout}`);
    for (const [line, flag] of flags) {
      const isPayment = ['send', 'outbox'].includes(command) && PAYMENT.includes(flag!);
      assert.equal(line.includes(`env: ${variableOf(flag!)}`), !isPayment, `${command}: ${line}`);
    }
  }
});

describe('~ is the home folder in each path, also where no shell expands it', () => {
  for (const [line, variable, name, expected] of [
    ['outbox', 'CORRENTE_OUTBOX', 'o', 'nothing is in doubt in HOME/o'],
    ['outbox', 'CORRENTE_KEY', 'k', '--key HOME/k: no such file or folder'],
    ['mine', 'CORRENTE_TOKEN_FILE', 't', 'expected the admin token in HOME/t, got no file'],
    ['keys new', 'CORRENTE_PASSPHRASE_FILE', 'p', '--passphrase-file HOME/p: '],
    ['keys import', 'CORRENTE_SECRET_FILE', 's', '--secret-file HOME/s: '],
    ['keys new', 'CORRENTE_OUT', 'junk.json', 'HOME/junk.json exists'],
    ['network create --name mine', 'CORRENTE_OUT', 'junk.json', '--out HOME/junk.json: it exists'],
    ['node', 'CORRENTE_NETWORK', 'junk.json', 'network file HOME/junk.json: name'],
    ['backup', 'CORRENTE_OUT', 'junk.json', '--out HOME/junk.json: expected a name that is free'],
  ] as const) {
    it(`${variable} of corrente ${line}`, async () => {
      const passphrase = variable === 'CORRENTE_OUT' && { CORRENTE_PASSPHRASE: 'correct horse' };
      const data = line === 'backup' && { CORRENTE_DATA: dataOfNode() };
      const { stdout, stderr } = await run(line.split(' '), { ...passphrase, ...data, [variable]: `~/${name}` });
      assert.ok(`${stdout}${stderr}`.includes(expected.replace('HOME', home)), `${stdout}${stderr}`);
    });
  }
});

/** Files that `corrente backup` takes for the data of a node. */
function dataOfNode(): string {
  const data = temporaryFolder();
  for (const name of ['chain.mdb', 'node.mdb']) writeFileSync(join(data, name), '');
  return data;
}

describe('a command line that is not understood ends with 2 and one line', () => {
  const lines: readonly (readonly [line: string, expected: RegExp])[] = [
    ['node --nonsense', /unknown option '--nonsense'/],
    ['node extra', /too many arguments for 'node'. Expected 0 arguments but got 1/],
    ['balance', /missing required argument 'address'/],
    ['mine 0', /'count'.*expected a whole number from 1 to 1000, got "0"/],
    // Not taken for flags.
    ['mine -1', /'count'.*expected a whole number from 1 to 1000, got "-1"/],
    ['node --port -1', /'--port <number>'.*expected a whole number from 0 to 65535, got "-1"/],
    ['send --amount -1', /'--amount <coins>'.*expected coins .*, got "-1"/],
    ['send --fee -0,5', /'--fee <coins>'.*expected coins .*, got "-0,5"/],
    ['peers add nonsense', /'url'.*expected an http or https URL/],
    ['keys list --prefix COR', /'--prefix <prefix>'.*expected 2 to 10 lower-case letters, got "COR"/],
    ['send --amount 1 --development-account 0', /required option '--to <address>' not specified/],
    [`send --to ${developmentAddress(1)} --amount 1`, /expected --key FILE or --development-account N/],
    [`send --to ${developmentAddress(1)} --amount 1 --development-account 10`, /from 0 to 9, got "10"/],
  ];
  for (const [line, expected] of lines) {
    it(line.replaceAll(developmentAddress(1), 'ADDRESS'), async () => {
      assertRefused(await run(line.split(' ')), 2, expected);
    });
  }

  it('an address with one wrong character, and the line says "checksum"', async () => {
    assertRefused(await corrente(['balance', mistyped(developmentAddress(1))], { home }), 2, /checksum/);
  });

  it('an amount that is no plain decimal number of base units', async () => {
    const wrong = ['1.5e3', '-1', '01', '1.123456789', '', '.5', '1.', '0x10', ' 1', '92233720368.54775808'];
    for (const amount of wrong) {
      const args = ['send', '--to', developmentAddress(1), `--amount=${amount}`, '--development-account', '0'];
      assertRefused(await run(args), 2, /--amount/, /expected (coins with|at most 92233720368\.54775807 coins)/);
    }
  });
});
