// What a process costs: the time that each of its threads has run, to the nanosecond, as the kernel counts it, and its
// memory. Linux only; elsewhere there is nothing to read and every measure goes without.
import { readdirSync, readFileSync } from 'node:fs';

/** What each thread of a process has run, by its number: Cassandra renames its threads with what they do. */
export type CpuTimes = ReadonlyMap<string, Thread>;

/** One thread. `ran` in nanoseconds. */
export interface Thread {
  readonly name: string;
  readonly ran: number;
}

/** Time that the threads of a process have run until now; null where the system does not say. */
export function cpuTimes(pid: number): CpuTimes | null {
  const times = new Map<string, Thread>();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const found = threadAt(`/proc/${pid}/task/${thread}`);
      if (found !== null) times.set(thread, found);
    }
  } catch {
    return null;
  }
  return times;
}

/** Null: it has ended since it was listed. */
function threadAt(folder: string): Thread | null {
  try {
    const name = readFileSync(`${folder}/comm`, 'utf8').trim();
    return { name, ran: runTime(readFileSync(`${folder}/schedstat`, 'utf8')) };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Nanoseconds on a processor in a line of `schedstat`: "ran waited slices". */
export function runTime(schedstat: string): number {
  const ran = Number(schedstat.trim().split(' ')[0]);
  if (!Number.isFinite(ran)) throw new RangeError(`this is no schedstat: ${schedstat}`);
  return ran;
}

/** Microseconds that were spent from one reading to the next, by threads whose name is not left out. */
export function spentUs(
  before: CpuTimes | null,
  after: CpuTimes | null,
  without: readonly string[] = [],
): number | null {
  if (before === null || after === null) return null;
  let ns = 0;
  for (const [thread, { name, ran }] of after) if (!without.includes(name)) ns += ran - (before.get(thread)?.ran ?? 0);
  return ns / 1_000;
}

/** The same of several processes. */
export function timesOf(pids: readonly number[]): readonly (CpuTimes | null)[] {
  return pids.map(cpuTimes);
}

/** Microseconds that all of them spent together; null when one of them is not known. */
export function spentOf(before: readonly (CpuTimes | null)[], after: readonly (CpuTimes | null)[]): number | null {
  let sum = 0;
  for (const [n, until] of after.entries()) {
    const us = spentUs(before[n] ?? null, until);
    if (us === null) return null;
    sum += us;
  }
  return sum;
}

/** Microseconds for one of `count`; null when it is not known. */
export function perOne(us: number | null, count: number): number | null {
  return us === null || count <= 0 ? null : us / count;
}

/** Resident memory of a process in KB; null where the system does not say. */
export function residentKb(pid: number): number | null {
  try {
    return residentIn(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return null;
  }
}

/** The resident memory in a `status` file of the kernel. */
export function residentIn(status: string): number | null {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return found === null ? null : Number(found[1]);
}
