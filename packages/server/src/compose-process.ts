// What every serving process needs: its log, its end by a signal or a fault, and its metrics.
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Config } from './config.ts';
import { type MetricsServer, serveMetrics } from './gateway/metrics.ts';
import { humanLog } from './host/human-log.ts';
import { listenOnFirst } from './host/ports.ts';
import { hostClock } from './kernel/clock.ts';
import { createEvents, type Events } from './kernel/events.ts';
import { maxPortsTried, shutdownMs } from './kernel/limits.ts';
import { Refused, Unavailable } from './kernel/result.ts';

/** Signals of the same key press, in milliseconds. */
const sameSignalMs = 1_000;

/** Everything that is worth a line goes to standard error: for people at a terminal, else as JSON. */
function openEvents(config: Config, registry: Registry): Events {
  const isTerminal = process.stderr.isTTY === true;
  const logger = pino(
    { level: config.logLevel },
    isTerminal ? humanLog(process.stderr) : pino.destination({ dest: 2, sync: true }),
  );
  return createEvents(logger, registry, () => hostClock.now());
}

/** What a serving process is given. */
export interface Process {
  readonly registry: Registry;
  readonly events: Events;
  /** Closed, in the reverse order, when the process stops. */
  readonly opened: AsyncDisposableStack;
  /** Something failed for good. */
  readonly fail: (error: Error) => void;
  /** Aborted by a signal: a start that waits for something waits no longer, and throws {Unavailable}. */
  readonly stopping: AbortSignal;
}

/** Starts by `start`, then runs until a signal or a fatal fault; resolves to the exit code. */
export async function runProcess(config: Config, start: (process: Process) => Promise<void>): Promise<0 | 1> {
  const end = untilEnd();
  const registry = new Registry();
  const events = openEvents(config, registry);
  try {
    await using opened = new AsyncDisposableStack();
    await start({ registry, events, opened, fail: end.fail, stopping: end.stopping });
    const reason = await end.promise;
    events.step('stopping', { reason: reason.message });
    lastResort();
    if (reason.isFault) return 1;
  } catch (error) {
    if (!(end.stopping.aborted && error instanceof Unavailable)) {
      process.stderr.write(`Parley cannot run: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
      events.fault('serve', isOfTheSystem(error) ? new Refused(`The system refuses: ${error.code}`) : error);
      return 1;
    }
  }
  events.step('stopped');
  return 0;
}

/** A file that is not there or may not be read, a disk that is full, an address that this machine does not have. */
function isOfTheSystem(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Why it ends. */
interface End {
  readonly isFault: boolean;
  readonly message: string;
}

/** A signal, or an engine that failed for good. A second signal ends at once. */
function untilEnd(): { readonly promise: Promise<End> } & Pick<Process, 'fail' | 'stopping'> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const stopping = new AbortController();
  let firstAt: number | null = null;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      const now = hostClock.now();
      // A terminal and npm may both pass the same key press on.
      if (firstAt !== null && now - firstAt > sameSignalMs) process.exit(1);
      firstAt ??= now;
      resolve({ isFault: false, message: signal });
      stopping.abort();
    });
  return {
    promise,
    stopping: stopping.signal,
    fail(error) {
      process.stderr.write(`Parley stops: ${error.message}\n`);
      resolve({ isFault: true, message: error.message });
      lastResort();
    },
  };
}

/** Whatever hangs: the process ends. The log has everything that was acknowledged. */
function lastResort(): void {
  setTimeout(() => process.exit(1), shutdownMs - 1_000).unref();
}

/** On the port asked for, else on the next free one above the server's. */
export async function openMetrics(config: Config, port: number, registry: Registry): Promise<MetricsServer> {
  const ports =
    config.metricsPort !== null ? [config.metricsPort] : Array.from({ length: maxPortsTried }, (_, n) => port + 1 + n);
  let server: MetricsServer | null = null;
  await listenOnFirst(ports, async (wanted) => {
    server = await serveMetrics(wanted, () => registry.metrics(), config.metricsHost);
    return server.port;
  });
  return server as unknown as MetricsServer;
}

/** What an operator should know about being reachable from elsewhere. */
export function exposure({ host, tlsCert, publicUrl, insecure }: Config): readonly string[] {
  const isLocal = host === 'localhost' || host === '::1' || host.startsWith('127.');
  if (isLocal || tlsCert !== null) return [];
  if (insecure) return ['Plain HTTP is served to other machines: passwords and messages can be read on the way.'];
  if (publicUrl?.startsWith('https:') === true) return [];
  return [
    `On ${host} plain HTTP shows other machines one page only. Give PARLEY_TLS_CERT and PARLEY_TLS_KEY, or put a proxy with HTTPS before it and set PARLEY_PUBLIC_URL.`,
  ];
}
