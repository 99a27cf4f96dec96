// The server under load: a real process on a seeded folder, what it costs, and how far its store lags.
import { type RunningServer, startServer } from '../tests/end-to-end/server-process.ts';
import { type CpuTimes, cpuTimes, spentUs } from './cpu.ts';
import { faultOf, type LoaderReport, type Run, startLoader } from './loader.ts';
import type { Seeded } from './seed.ts';

/** What a suite works with. */
export interface Bench {
  readonly seeded: Seeded;
  readonly servers: Servers;
  /** The worst that the load generator has cost a message so far, in microseconds. */
  readonly loaderUs: { worst: number };
}

/** Threads of the store: what the gateway, the log and the sequencer cost is counted without them. */
export const storeThreads: readonly string[] = ['store-writer', 'store-reader'];

const environment = {
  PARLEY_SIGNUP: 'open',
  PARLEY_RATE_FACTOR: '1000000',
  PARLEY_LOG_LEVEL: 'error',
} as const;

/** A run of the load generator against the server, with what the server spent meanwhile. */
export interface Load {
  readonly report: LoaderReport;
  readonly before: CpuTimes | null;
  readonly after: CpuTimes | null;
}

/** The one server that runs at a time on the seeded folder. */
export class Servers implements AsyncDisposable {
  readonly #folder: string;
  readonly #loader: string;
  readonly #signal: AbortSignal;
  readonly #environment: Readonly<Record<string, string>>;
  #parley: Parley | null = null;

  /** When the signal fires, what runs is ended at once. `more` is added to the environment of the server. */
  constructor(folder: string, loader: string, signal: AbortSignal, more: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    this.#loader = loader;
    this.#signal = signal;
    this.#environment = { ...environment, ...more };
  }

  /** The one that runs, or a new one. */
  async shared(): Promise<Parley> {
    this.#parley ??= new Parley(await startServer(this.#folder, this.#environment), this.#loader, this.#signal);
    return this.#parley;
  }

  /** One that has just started: nothing is left in its memory. */
  async fresh(): Promise<Parley> {
    await this[Symbol.asyncDispose]();
    return this.shared();
  }

  /** Ends the process; the folder stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    const parley = this.#parley;
    this.#parley = null;
    await parley?.end();
  }
}

/** A server that is being measured. */
export class Parley {
  readonly #server: RunningServer;
  readonly #loader: string;
  readonly #signal: AbortSignal;

  constructor(server: RunningServer, loader: string, signal: AbortSignal) {
    this.#server = server;
    this.#loader = loader;
    this.#signal = signal;
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** Starts the load generator and leaves it running. */
  begin(accounts: string, args: readonly string[]): Run {
    const { port } = new URL(this.#server.summary.url);
    return startLoader(this.#loader, ['--port', port, '--accounts', accounts, ...args], this.#signal);
  }

  /** One run from beginning to end. Rejects when a message was lost, repeated or out of order. */
  async load(accounts: string, args: readonly string[]): Promise<Load> {
    const run = this.begin(accounts, args);
    await run.said('measuring');
    const before = cpuTimes(this.pid);
    await run.said('measured');
    const after = cpuTimes(this.pid);
    const report = await run.report;
    believe(report);
    return { report, before, after };
  }

  /** Resolves to the milliseconds until the store has everything that is in the log. */
  async storeCaughtUp(): Promise<number> {
    const start = performance.now();
    for (;;) {
      this.#signal.throwIfAborted();
      const { logEnd, committed } = await this.#positions();
      if (committed >= logEnd - 1) return performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What it spends from now until the store has everything, since `before`. */
  async spentUntilCaughtUp(before: CpuTimes | null): Promise<number | null> {
    await this.storeCaughtUp();
    return spentUs(before, cpuTimes(this.pid));
  }

  async end(): Promise<void> {
    await (this.#signal.aborted ? this.#server.kill() : this.#server.stop());
  }

  async #positions(): Promise<{ readonly logEnd: number; readonly committed: number }> {
    const { metrics } = this.#server.summary as { readonly metrics?: string };
    const text = await (await fetch(metrics ?? '')).text();
    return { logEnd: metric(text, 'parley_log_end'), committed: metric(text, 'parley_store_committed_offset') };
  }
}

/** A figure in the text of `/metrics`. */
export function metric(text: string, name: string): number {
  const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(text);
  if (found === null) throw new Error(`the server has no metric ${name}`);
  return Number(found[1]);
}

/** Throws when a run lost, repeated or disordered anything: a figure of it would be worth nothing. */
export function believe(report: LoaderReport): void {
  const fault = faultOf(report);
  if (fault !== null) throw new Error(`the run is not to be believed: ${fault}`);
}
