// Rounds of everything that may happen to one cluster under one load, and the account of it: how long people waited, and
// at the end whether everything that was acknowledged is there.
import type { Fault } from './fault.ts';
import { faults } from './faults.ts';
import { hostNames, isInside, loopbackHosts, namespaceHosts } from './hosts.ts';
import { Load } from './load.ts';
import { longFaults } from './long-faults.ts';
import { Town } from './town.ts';

export const allFaults: readonly Fault[] = [...faults.filter(({ id }) => !id.endsWith('-shortly')), ...longFaults];

/** What is to happen. */
export interface Chaos {
  readonly faults: readonly Fault[];
  readonly rounds: number;
  readonly minutes: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** A fault that is not over by then is stuck. */
const mostMs = 12 * 60_000;

/** Resolves to the exit code. */
export async function runChaos({ faults: wanted, rounds, minutes, seed, say }: Chaos): Promise<number> {
  const began = Date.now();
  const tell = (line: string): void => say(`${((Date.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  const hosts = isInside() ? await namespaceHosts() : loopbackHosts();
  const possible = wanted.filter(({ cuts }) => cuts === undefined || hosts.canCut);
  const notRun = wanted.filter((fault) => !possible.includes(fault));
  tell(`seed ${seed}; ${hosts.canCut ? `${hostNames.length} hosts in networks of their own` : 'on loopback'}`);
  const chance = chanceOf(seed);
  const wrong: string[] = [];
  const worst = new Map<string, number>();
  await using town = await Town.open(tell, hosts);
  const load = await Load.begin(town.gateways);
  for (let round = 1; round <= rounds && Date.now() - began < minutes * 60_000; round++) {
    for (const fault of round === 1 ? possible : shuffled(possible, chance)) {
      const { words, failed, isStuck, silenceMs } = await strike(fault, town, load);
      tell(`${failed === null ? 'ok  ' : 'BAD '}${fault.name}: ${words}`);
      worst.set(fault.id, Math.max(worst.get(fault.id) ?? 0, silenceMs));
      if (failed !== null) wrong.push(`round ${round}, ${fault.id}: ${failed}`);
      if (isStuck) return said(wrong, say);
    }
  }
  tell('looking for everything that was acknowledged …');
  const { acked, lost, repeated, holes, disagreements } = await load.end();
  const { killed, paused, cut, stopped } = town.blows;
  say(`\nworst silence: ${[...worst].map(([id, ms]) => `${id} ${ms} ms`).join(', ')}`);
  for (const { name } of notRun) say(`not run: ${name}`);
  say(`${killed} killed, ${paused} paused, ${cut} cut off, ${stopped} stopped and started`);
  const order = holes.length + disagreements.length === 0 ? 'one dense order' : 'NOT one dense order';
  say(`${acked} acknowledged: ${lost.length} lost, ${repeated.length} repeated, ${order}`);
  wrong.push(...[...lost, ...repeated, ...holes, ...disagreements].slice(0, 10));
  return said(wrong, say);
}

function said(wrong: readonly string[], say: (line: string) => void): number {
  for (const each of wrong) say(`! ${each}`);
  return wrong.length === 0 ? 0 : 1;
}

interface Outcome {
  readonly words: string;
  readonly failed: string | null;
  /** It goes on by itself: nothing more can be told from here on. */
  readonly isStuck: boolean;
  readonly silenceMs: number;
}

async function strike(fault: Fault, town: Town, load: Load): Promise<Outcome> {
  load.takeLongestGap();
  load.takeLongestWait();
  load.takeLongestUnheard();
  const before = load.acked;
  const late = Promise.withResolvers<never>();
  let isStuck = false;
  const timer = setTimeout(() => {
    isStuck = true;
    late.reject(new Error(`it is stuck: ${load.people()}`));
  }, mostMs);
  let failed: string | null = null;
  let more: unknown;
  try {
    more = await Promise.race([fault.happen(town, load), late.promise]);
  } catch (error) {
    failed = error instanceof Error ? error.message : String(error);
  }
  clearTimeout(timer);
  const silenceMs = load.takeLongestGap();
  const waitMs = load.takeLongestWait();
  const unheardMs = load.takeLongestUnheard();
  if (silenceMs > fault.mostSilenceMs) failed ??= `${silenceMs} ms without a tick`;
  const figures = `${load.acked - before} ticks, none for ${silenceMs} ms, one person for ${waitMs} ms; nothing heard for ${unheardMs} ms`;
  const words = [figures, more, failed].filter((part) => typeof part === 'string').join('; ');
  return { words, failed, isStuck, silenceMs };
}

/** Numbers in [0, 1), the same for the same seed. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(list: readonly T[], chance: () => number): readonly T[] {
  return list
    .map((each) => ({ each, key: chance() }))
    .sort((a, b) => a.key - b.key)
    .map(({ each }) => each);
}
