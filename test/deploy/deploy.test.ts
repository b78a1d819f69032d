import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { nodeCommand } from '../../src/cli/node.js';
import { startNodeProcess } from '../cli/tlsNode.js';
import { startTestNode } from '../support/node.js';
import { withoutOpenssl } from '../support/openssl.js';
import { scrape, scrapeNames } from '../support/scrape.js';
import { testAuthority } from '../support/testAuthority.js';

const PROJECT = new URL('../../../', import.meta.url);
const path = (name: string) => new URL(name, PROJECT);
const read = (name: string): string => readFileSync(path(name), 'utf8');

/** Instructions of a Dockerfile, continued lines joined. */
function instructions(text: string): { readonly name: string; readonly rest: string }[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? assert.fail(`expected an instruction, got ${line}`);
    return { name: name!, rest: rest! };
  });
}

/** Names of metrics in a text of alerts, a dashboard or a page. */
function metricsIn(text: string): string[] {
  return [...new Set(text.match(/\b(?:corrente|process|nodejs)_[a-z0-9_]*[a-z0-9]\b/g))];
}

describe('the Dockerfile', () => {
  const all = instructions(read('deploy/Dockerfile'));
  const rest = (name: string) => all.filter((instruction) => instruction.name === name).map((found) => found.rest);

  it('has two stages, of which the last runs without privileges and has a health check', () => {
    assert.equal(rest('FROM').length, 2);
    assert.deepEqual(rest('USER'), ['node']);
    assert.match(rest('HEALTHCHECK')[0]!, /\/healthz/);
    const known = [
      'FROM',
      'WORKDIR',
      'COPY',
      'RUN',
      'USER',
      'ENV',
      'VOLUME',
      'EXPOSE',
      'HEALTHCHECK',
      'ENTRYPOINT',
      'CMD',
    ];
    for (const { name } of all) assert.ok(known.includes(name), name);
    for (const json of [...rest('ENTRYPOINT'), ...rest('CMD')]) assert.ok(Array.isArray(JSON.parse(json)));
  });

  it('copies existing files, and everything of the program that the package ships', () => {
    const copied = rest('COPY')
      .filter((line) => line.startsWith('--from=build '))
      .flatMap((line) => line.split(' ').slice(1, -1))
      .map((source) => source.replace(/^\/build\//, ''));
    // The pages are built with the project, not with its tests.
    const built = ['dist/explorer', 'dist/ide', 'dist/playground'];
    for (const name of copied) assert.ok(built.includes(name) || existsSync(path(name)), name);
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    for (const name of files.filter((file) => /^dist\/(src|explorer|ide|playground)$/.test(file))) {
      assert.ok(copied.includes(name), name);
    }
  });

  it('answers its own question of health', async () => {
    const node = await startTestNode();
    const [, script] = /"-e", "(.+)"\]$/.exec(rest('HEALTHCHECK')[0]!)!;
    const check = (port: string) =>
      promisify(execFile)(process.execPath, ['-e', script!], { env: { ...process.env, CORRENTE_PORT: port } });
    await check(new URL(node.url).port);
    await assert.rejects(check('1'), { code: 1 });
  });

  it('answers it over TLS, too', { skip: withoutOpenssl }, async () => {
    const authority = testAuthority();
    const pair = authority.issue('node');
    const node = await startNodeProcess(authority, pair);
    const [, script] = /"-e", "(.+)"\]$/.exec(rest('HEALTHCHECK')[0]!)!;
    const env = { ...process.env, CORRENTE_PORT: new URL(node.url).port, CORRENTE_TLS_CERT: pair.cert };
    await promisify(execFile)(process.execPath, ['-e', script!], { env });
  });
});

describe('compose.yaml', () => {
  const text = read('deploy/compose.yaml');

  it('mounts existing files', () => {
    const mounted = [...text.matchAll(/['" ](\.\/[^:'"\s]+):/g)].map(([, name]) => name!);
    assert.ok(mounted.length >= 4);
    for (const name of mounted) assert.ok(existsSync(path(`deploy/${name}`)), name);
    assert.ok(existsSync(path(`deploy/${/dockerfile: (?:deploy\/)?(.+)/.exec(text)![1]!}`)));
  });

  it('starts nodes with flags that there are, on three services that know each other', () => {
    const known = new Set(nodeCommand().options.map(({ long }) => long));
    const flags = [...text.matchAll(/^ +- (--[a-z-]+)=/gm)].map(([, name]) => name!);
    assert.ok(flags.length >= 11);
    for (const name of flags) assert.ok(known.has(name), name);
    for (const node of ['node1', 'node2', 'node3']) {
      assert.equal(text.split(`--peer=http://${node}:4000/graphql`).length - 1, 2);
      assert.ok(read('deploy/prometheus/prometheus.yml').includes(`'${node}:4000'`));
    }
  });
});

describe('the monitoring of a node', () => {
  it('names metrics that a running node has', async () => {
    const names = await scrapeNames(await startTestNode());
    for (const file of [
      'deploy/prometheus/alerts.yml',
      'deploy/grafana/dashboards/corrente.json',
      'docs/operations.md',
    ]) {
      const used = metricsIn(read(file));
      assert.ok(used.length > 0, file);
      for (const name of used) {
        const [base] = /^.*?(?=_(?:bucket|count|sum)$|$)/.exec(name)!;
        assert.ok(names.has(name) || names.has(base), `${file}: ${name}`);
      }
    }
  });

  it('shows every metric of the node in the dashboard', async () => {
    const names = [...(await scrapeNames(await startTestNode()))].filter((name) => name.startsWith('corrente_'));
    const shown = metricsIn(read('deploy/grafana/dashboards/corrente.json')).map((name) =>
      name.replace(/_bucket$/, ''),
    );
    // Known before: transactions that a peer offers again, several times each.
    assert.deepEqual(
      names.filter((name) => !shown.includes(name)),
      ['corrente_transactions_known_total'],
    );
  });

  it('has an expression, a duration, a severity and a sentence for each alert', () => {
    const alerts = read('deploy/prometheus/alerts.yml').split('- alert: ').slice(1);
    assert.ok(alerts.length >= 10);
    for (const alert of alerts)
      assert.match(alert, /expr: >-\n +\S.+\n +for: \d+m\n +labels: .+\n +annotations:\n +summary: '.+'/);
  });
});

describe('the alerts of a node', () => {
  const text = read('deploy/prometheus/alerts.yml');

  it('wait for counters that begin at 0, since there is no increase of a series that begins with its first event', async () => {
    const samples = [...(await scrape(await startTestNode())).keys()].map((sample) => sample.replace(/\{.*/, ''));
    const counters = [...text.matchAll(/\b(?:increase|rate)\((corrente_\w+_total)\b/g)].map(([, name]) => name!);
    assert.ok(counters.length >= 5, counters.join());
    assert.deepEqual(
      counters.filter((name) => !samples.includes(name)),
      [],
    );
  });

  it('are there for whatever the node refuses: spent budgets, overload, unread answers, the missing token', () => {
    for (const name of [
      'corrente_rate_limited_total',
      'corrente_requests_shed_total',
      'corrente_answers_cut_total',
      'corrente_admin_refused_total',
    ]) {
      assert.ok(metricsIn(text).includes(name), name);
    }
  });
});

describe('the systemd unit', () => {
  const unit = 'deploy/systemd/corrente.service';

  it('names settings that the node has', () => {
    const known = new Set(nodeCommand().options.map(({ envVar }) => envVar));
    for (const name of read(unit).match(/CORRENTE_[A-Z_]+/g)!) assert.ok(known.has(name), name);
  });

  const version = systemdAnalyze(['--version']);
  const skip = version.startsWith('systemd') ? false : 'systemd-analyze is not here';
  it('is valid for systemd', { skip }, () => {
    assert.equal(systemdAnalyze(['verify', new URL(unit, PROJECT).pathname]), '');
  });
});

/** Its output, on either stream. */
function systemdAnalyze(args: readonly string[]): string {
  try {
    return execFileSync('sh', ['-c', 'exec systemd-analyze "$@" 2>&1', 'sh', ...args], { encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
