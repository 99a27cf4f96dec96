// Hosts of a cluster on this machine. On loopback they are only addresses; inside, each is a network namespace of its own,
// joined to ours by one link that can be cut and healed. Whoever is cut off hears nothing and nobody says why. The
// namespaces are known to this process and its children alone, and go with them.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { loopback, type Place } from '../../scripts/engines/place.ts';
import { runProgram } from '../../scripts/program.ts';

const commandMs = 10_000;
/** Set for a process that has a network of its own, with nothing in it. */
const mark = 'CHAOS_NETWORK_OF_ITS_OWN';

/** Where processes run, by their names. */
export interface Hosts {
  /** Can one be cut off? */
  readonly canCut: boolean;
  place(name: HostName): Place;
  /** Nothing goes to or comes from it any more, silently. */
  cut(name: HostName): Promise<void>;
  heal(name: HostName): Promise<void>;
}

/** Every process of a cluster and its engines. */
export const hostNames = [
  ...['kafka-1', 'kafka-2', 'kafka-3', 'cassandra-1', 'cassandra-2', 'cassandra-3', 'redis', 's3'],
  ...['gateway-1', 'gateway-2', 'sequencer-1', 'sequencer-2'],
] as const;
export type HostName = (typeof hostNames)[number];

/** Addresses of loopback: nodes of Cassandra have one each. */
export function loopbackHosts(): Hosts {
  const no = (): Promise<never> => Promise.reject(new Error('a host on loopback cannot be cut off'));
  return {
    canCut: false,
    place: (name) => loopback(name.startsWith('cassandra-') ? `127.0.0.${name.split('-')[1]}` : '127.0.0.1'),
    cut: no,
    heal: no,
  };
}

/** Why this process cannot have a network of its own; null: it can, or has. */
export async function missingNetworks(): Promise<string | null> {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const { code, output } = await runProgram('unshare', ['--net', '--mount', 'ip', 'link', 'set', 'lo', 'up'], {
    timeoutMs: commandMs,
  });
  return code === 0 ? null : `network namespaces cannot be had: ${output.slice(-200)}`;
}

/** Is this process in a network of its own? */
export function isInside(): boolean {
  return process.env[mark] !== undefined;
}

/** The command that runs a program in a network of its own, and the environment that says so to it. */
export function inside(program: readonly string[]): {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  // Named namespaces are files in this folder: a folder of our own, so that nothing of them is left.
  const script = 'mkdir -p /run/netns && mount -t tmpfs parley /run/netns && ip link set lo up && exec "$@"';
  return { command: 'unshare', args: ['--net', '--mount', 'sh', '-c', script, 'sh', ...program], env: { [mark]: '1' } };
}

/** One namespace for each. Only inside. */
export async function namespaceHosts(): Promise<Hosts> {
  assert.ok(isInside(), 'the machine’s own network is left alone');
  // Hosts reach each other over us.
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  for (const name of hostNames) await join(numberOf(name));
  return {
    canCut: true,
    place: (name) => ({ address: theirs(numberOf(name)), prefix: ['ip', 'netns', 'exec', `host${numberOf(name)}`] }),
    cut: (name) => ip('link', 'set', `link${numberOf(name)}`, 'down'),
    heal: (name) => ip('link', 'set', `link${numberOf(name)}`, 'up'),
  };
}

const numberOf = (name: HostName): number => hostNames.indexOf(name) + 1;
// Addresses of the range for measurements between networks, which nobody on the internet has.
const ours = (n: number): string => `198.18.${n}.1`;
const theirs = (n: number): string => `198.18.${n}.2`;

async function join(n: number): Promise<void> {
  const [host, link] = [`host${n}`, `link${n}`];
  await ip('netns', 'add', host);
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
  await ip('addr', 'add', `${ours(n)}/30`, 'dev', link);
  await ip('link', 'set', link, 'up');
  // While the link is down its route is gone: what others send then vanishes instead of being refused.
  await ip('route', 'add', 'blackhole', `198.18.${n}.0/30`, 'metric', '1000');
  await ip('-n', host, 'addr', 'add', `${theirs(n)}/30`, 'dev', 'eth0');
  for (const device of ['lo', 'eth0']) await ip('-n', host, 'link', 'set', device, 'up');
  await ip('-n', host, 'route', 'add', 'default', 'via', ours(n));
}

async function ip(...args: readonly string[]): Promise<void> {
  const { code, output } = await runProgram('ip', args, { timeoutMs: commandMs });
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${output}`);
}
