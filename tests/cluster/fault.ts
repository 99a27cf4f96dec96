// Something that happens to a cluster under load, with its end: after it everything runs again.
import { setTimeout as wait } from 'node:timers/promises';
import type { HostName } from './hosts.ts';
import type { Load } from './load.ts';
import type { Town } from './town.ts';

/** What happens says itself what it waits for. */
export interface Fault {
  /** For the command line. */
  readonly id: string;
  readonly name: string;
  /** The longest silence that is allowed over all people, in milliseconds. */
  readonly mostSilenceMs: number;
  /** Hosts must be such that they can be cut off. */
  readonly cuts?: true;
  /** What it needs besides the engines, installed where that is allowed; resolves to why it is not here, or null. */
  readonly missing?: () => Promise<string | null>;
  /** Resolves when it is over; to what else was measured, in words. */
  readonly happen: (town: Town, load: Load) => Promise<unknown>;
}

/** Killed, everybody goes on without it, and it comes back. */
export async function killed(town: Town, load: Load, name: HostName): Promise<void> {
  await town.kill(name);
  await load.everybody();
  await load.ticks(300);
  await load.whileStarting(() => town.start(name));
  await load.ticks(300);
}

/** Paused for so long, everybody goes on without it, and it wakes up where it was. */
export async function paused(town: Town, load: Load, name: HostName, ms: number): Promise<void> {
  town.pause(name);
  try {
    await Promise.all([wait(ms), load.everybody()]);
    await load.ticks(50);
  } finally {
    town.wake(name);
  }
  await load.ticks(100);
  await load.everybody();
}

/** Cut off for so long, everybody goes on without it, and it is heard again. */
export async function cutOff(town: Town, load: Load, name: HostName, ms: number): Promise<void> {
  await town.cut(name);
  try {
    await Promise.all([wait(ms), load.everybody()]);
    await load.ticks(50);
  } finally {
    await town.heal(name);
  }
  await load.ticks(100);
  await load.everybody();
}
