// A profile of V8 → how much of the busy time each function took by itself, and each part of the program together.
// Pure; the sampling is Node's (`--cpu-prof`).

/** What of a `.cpuprofile` is used. Times in microseconds of the monotonic clock. */
export interface CpuProfile {
  readonly startTime: number;
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A span of the monotonic clock in microseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Something and its share of the busy time, 0 to 1. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

/** The busy time of a span, by function and by part, largest first. */
export interface Breakdown {
  readonly busyUs: number;
  readonly functions: readonly Share[];
  readonly parts: readonly Share[];
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** Breaks down what was sampled within the span; waiting counts nothing. */
export function breakDown(profile: CpuProfile, { from, to }: Span): Breakdown {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const parts = new Map<string, number>();
  let busyUs = 0;
  let at = profile.startTime;
  for (const [n, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[n] ?? 0;
    at += us;
    const frame = frames.get(id);
    if (frame === undefined || at < from || at >= to || frame.functionName === '(idle)') continue;
    busyUs += us;
    add(functions, nameOf(frame), us);
    add(parts, partOf(frame), us);
  }
  return { busyUs, functions: shares(functions, busyUs), parts: shares(parts, busyUs) };
}

/**
 * The same by whose work it is: what Node and V8 did counts for the package or part that had called them, so that a driver
 * is seen with its sockets and timers. The garbage collector works for all.
 */
export function breakDownByOwner(profile: CpuProfile, { from, to }: Span): readonly Share[] {
  const owners = ownersOf(profile);
  const times = new Map<string, number>();
  let busyUs = 0;
  let at = profile.startTime;
  for (const [n, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[n] ?? 0;
    at += us;
    const owner = owners.get(id);
    if (owner === undefined || at < from || at >= to) continue;
    busyUs += us;
    add(times, owner, us);
  }
  return shares(times, busyUs);
}

/** By node, those that wait left out. */
function ownersOf({ nodes }: CpuProfile): ReadonlyMap<number, string> {
  const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const owners = new Map<number, string>();
  for (const { id, callFrame } of nodes) {
    if (callFrame.functionName === '(idle)') continue;
    let owner = partOf(callFrame);
    for (let at = parents.get(id); at !== undefined && unowned.has(owner); at = parents.get(at))
      owner = partOf(byId.get(at) ?? callFrame);
    owners.set(id, unowned.has(owner) ? 'Node by itself' : owner);
  }
  return owners;
}

const unowned: ReadonlySet<string> = new Set(['system calls', 'Node, in JavaScript', 'Node and V8, native']);

/** Where in the program a function stands. */
export function partOf({ functionName, url }: Pick<Frame, 'functionName' | 'url'>): string {
  const own = /\/packages\/(?:server\/src\/([a-z]+)\/|([a-z]+)\/)/.exec(url);
  if (own !== null) return own[1] ?? own[2] ?? 'server';
  if (functionName === '(garbage collector)') return 'garbage collection';
  const packageName = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (packageName !== undefined) return packageName;
  if (systemCalls.has(functionName) && url === '') return 'system calls';
  return url.startsWith('node:') ? 'Node, in JavaScript' : 'Node and V8, native';
}

/** Native functions of Node that are little more than one. */
const systemCalls: ReadonlySet<string> = new Set(['writeBuffer', 'writev', 'fdatasync', 'write', 'postMessage']);

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.replace(/^.*\/(?:packages|node_modules)\//, '').replace(/^server\/src\//, '');
  return `${name} ${file}:${lineNumber + 1}`;
}

function add(to: Map<string, number>, name: string, us: number): void {
  to.set(name, (to.get(name) ?? 0) + us);
}

function shares(times: ReadonlyMap<string, number>, busyUs: number): readonly Share[] {
  return [...times].map(([name, us]) => ({ name, share: us / busyUs })).toSorted((a, b) => b.share - a.share);
}
