// Which port to listen on. The first one taken is kept: another port would be an empty browser store. It must never
// move away silently from a port that was asked for or taken before.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { maxPortsTried } from '../kernel/limits.ts';
import { Refused } from '../kernel/result.ts';

/** The port cannot be had, in words for the operator. */
export class PortTaken extends Refused {
  override name = 'PortTaken';
}

/** What is known of the port before it is tried. */
export interface PortWish {
  /** Asked for by a setting; 0 is any. */
  readonly asked: number | null;
  /** Taken by an earlier start. */
  readonly kept: number | null;
  /** Where to begin at the first start. */
  readonly standard: number;
}

/** Which ports to try, in order, and whether the one that was got must be kept. */
export function portsToTry({ asked, kept, standard }: PortWish): {
  readonly ports: readonly number[];
  readonly keep: boolean;
} {
  if (asked !== null) return { ports: [asked], keep: false };
  if (kept !== null) return { ports: [kept], keep: false };
  return { ports: Array.from({ length: maxPortsTried }, (_, n) => standard + n), keep: true };
}

/** Listens on the first port that is free. `listen` rejects with `EADDRINUSE` when it is not. */
export async function listenOnFirst(
  ports: readonly number[],
  listen: (port: number) => Promise<number>,
): Promise<number> {
  for (const port of ports) {
    try {
      return await listen(port);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  const [first = 0] = ports;
  if (ports.length > 1) throw new PortTaken(`No port from ${first} to ${ports.at(-1)} is free. Name one with --port.`);
  throw new PortTaken(
    `Port ${first} is taken by ${holderOf(first) ?? 'another program'}. Stop that, or name another port with --port (browsers then begin with an empty store).`,
  );
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');
}

/** Who listens on this port of this machine, where the system tells (Linux, own processes). */
export function holderOf(port: number): string | null {
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeners(table, port)));
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      if (holds(pid, inodes)) return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
    return null;
  } catch {
    return null; // Not Linux, or the process has gone meanwhile: then nobody can say.
  }
}

function listeners(table: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hex}`) && columns[3] === '0A')
    .map((columns) => `socket:[${columns[9]}]`);
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // Somebody else's process.
  }
}
