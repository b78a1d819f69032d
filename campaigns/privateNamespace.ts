import { spawnSync } from 'node:child_process';
import { CannotRunError, runCampaign } from './campaign.js';

/**
 * Runs the program again in namespaces of its own (network, mounts, processes), and exits with its exit code. Inside them it returns true,
 * and the caller goes on. Links, rules and processes made inside are gone when it ends, in whatever way. If the machine has no such
 * namespaces, the campaign of this name says so and exits with 2.
 */
export async function inPrivateNamespace(name: string): Promise<boolean> {
  if (process.env[INSIDE] !== undefined) return true;
  // Tries everything that PartitionNetwork needs.
  const trial = spawnSync('unshare', [...UNSHARE, 'sh', '-c', TRIAL], { encoding: 'utf8' });
  if (trial.status !== 0) {
    const reason = (trial.error?.message ?? trial.stderr).trim();
    await runCampaign(name, () => {
      throw new CannotRunError(`needs root and network namespaces: ${reason}`);
    });
  }
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', [...UNSHARE, ...self], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  process.exit(status ?? 1);
}

const INSIDE = 'CORRENTE_CAMPAIGN_INSIDE';
const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
const TRIAL = [
  'mkdir -p /run/netns && mount -t tmpfs none /run/netns',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
  'ip netns add trial && ip link add trial type veth peer name eth0 netns trial',
  'ip rule add from 10.0.0.1 to 10.0.0.2 ipproto tcp dport 1 blackhole',
].join(' && ');
