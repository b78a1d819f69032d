import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** A cut from one host to another: of every packet, or only of the connections that it makes to the node there. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly what: 'packets' | 'calls';
}

/** Port of the node on every host. */
export const NODE_PORT = 4000;

/**
 * Hosts, numbered from 0, each a network namespace with a link of its own to this one, which routes between them and silently drops cut
 * packets. This process always reaches all of them. Call it in a private namespace: it does not remove the hosts.
 */
export class PartitionNetwork {
  readonly #hosts: number;
  readonly #cuts: string[] = [];

  constructor(hosts: number) {
    this.#hosts = hosts;
    execFileSync('mkdir', ['-p', '/run/netns']);
    execFileSync('mount', ['-t', 'tmpfs', 'none', '/run/netns']);
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    for (let host = 0; host < hosts; host++) {
      ip([
        `netns add ${nameOf(host)}`,
        `link add ${nameOf(host)} type veth peer name eth0 netns ${nameOf(host)}`,
        `addr add ${routerOf(host)}/24 dev ${nameOf(host)}`,
        `link set ${nameOf(host)} up`,
      ]);
      ip(['link set lo up', `addr add ${addressOf(host)}/24 dev eth0`, 'link set eth0 up'], host);
      ip([`route add default via ${routerOf(host)}`], host);
    }
  }

  /** Program and arguments that run another program on the host. */
  under(host: number): string[] {
    return ['ip', 'netns', 'exec', nameOf(host)];
  }

  /** Adds these cuts. */
  cut(cuts: readonly Cut[]): void {
    const rules = cuts.map(({ from, to, what }) => {
      const calls = what === 'calls' ? `ipproto tcp dport ${NODE_PORT}` : '';
      return `priority 100 from ${addressOf(from)} to ${addressOf(to)} ${calls} blackhole`;
    });
    ip(rules.map((rule) => `rule add ${rule}`));
    this.#cuts.push(...rules);
  }

  /** From now on no host can call the nodes of these hosts, as behind a router that translates addresses. These can call others. */
  hide(hidden: readonly number[]): void {
    for (const to of hidden) {
      const others = Array.from({ length: this.#hosts }, (_, host) => host).filter((from) => from !== to);
      ip(
        others.map(
          (from) =>
            `rule add priority 90 from ${addressOf(from)} to ${addressOf(to)} ipproto tcp dport ${NODE_PORT} blackhole`,
        ),
      );
    }
  }

  /** Removes all cuts; hidden hosts stay hidden. */
  heal(): void {
    ip(this.#cuts.splice(0).map((rule) => `rule del ${rule}`));
  }
}

/** IPv4 address of a host. */
export function addressOf(host: number): string {
  return `10.77.${host}.2`;
}

function routerOf(host: number): string {
  return `10.77.${host}.1`;
}

function nameOf(host: number): string {
  return `host${host}`;
}

/** Runs all commands in one call, here or on a host; throws with the message of `ip`. */
function ip(commands: readonly string[], host?: number): void {
  const where = host === undefined ? [] : ['-n', nameOf(host)];
  execFileSync('ip', [...where, '-batch', '-'], { input: commands.join('\n'), stdio: ['pipe', 'ignore', 'pipe'] });
}
