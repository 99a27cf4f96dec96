// What happened, in the words of the business: one function an event, which counts and logs together. Content, tokens,
// passwords and secrets of links never enter here. Counting must stay cheap: the hot ones are plain numbers.
import type { ErrorCode } from '@parley/protocol';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from 'prom-client';
import { AssertionFailure } from './assert.ts';
import { type AuditFacts, type AuditKind, auditBook } from './audit.ts';
import { loopLookMs, maxAlarms } from './limits.ts';
import { isOfTheWorld, OutcomeUnknown, Refused } from './result.ts';

/** Something that an operator must look at, until it is over. */
export interface Alarm {
  readonly name: string;
  readonly text: string;
  readonly since: number;
}

/** One function an event. */
export interface Events {
  socketOpened(): void;
  socketClosed(code: number): void;
  frameReceived(): void;
  frameRefused(code: ErrorCode): void;
  /** A message became durable, so many milliseconds after its frame was read. */
  messageSent(elapsedMs: number): void;
  /** Pushes to a slow reader were dropped; it will be told to sync. */
  readerBehind(): void;
  upgradeRefused(code: ErrorCode): void;
  /** A key of a device was given to another device; `fallback`: it had no other left. */
  keyGiven(kind: 'one_time' | 'fallback'): void;
  /** So many keys were asked for and not given: unknown devices, or too often. */
  keysRefused(count: number): void;
  /** Something sealed was put into queues of devices; `full` of them took nothing. */
  toDeviceQueued(count: number, full: number): void;
  /** A connected device was found to have so many things waiting, a page at most. */
  toDeviceWaited(count: number): void;
  /** A device could not open so many messages, as it says; `reason` is a word of the protocol. */
  undecryptable(reason: string, count: number): void;
  callServed(route: string, status: number, elapsedMs: number): void;
  /** Something threw: the world (`Unavailable`, `Conflict`) or a bug. `where` names our code, never a person. */
  fault(where: string, error: unknown): void;
  /** Something that whoever looks into an attack wants to know. */
  audit(kind: AuditKind, facts: AuditFacts): void;
  alarm(name: string, text: string): void;
  alarmOver(name: string): void;
  /** Steps of the process: started, draining, stopped, a setting worth knowing. */
  step(text: string, facts?: Readonly<Record<string, string | number | boolean>>): void;
  alarms(): readonly Alarm[];
}

/** Counts of the hot path, read at every scrape. */
interface Tally {
  framesReceived: number;
  messagesSent: number;
  readersBehind: number;
}

/** Events that are logged to `logger` and counted in `registry`. `now` dates alarms. */
export function createEvents(logger: Logger, registry: Registry, now: () => number): Events {
  collectDefaultMetrics({ register: registry, prefix: 'parley_', eventLoopMonitoringPrecision: loopLookMs });
  const tally: Tally = { framesReceived: 0, messagesSent: 0, readersBehind: 0 };
  tallied(registry, tally);
  const registers = [registry];
  const sockets = new Gauge({ name: 'parley_sockets', help: 'Open sockets.', registers });
  const closed = counter(registry, 'parley_sockets_closed_total', 'Closed sockets by close code.', 'code');
  const refused = counter(registry, 'parley_frames_refused_total', 'Refused frames by code.', 'code');
  const upgrades = counter(registry, 'parley_upgrades_refused_total', 'Refused upgrades by code.', 'code');
  const faults = counter(registry, 'parley_faults_total', 'Exceptions by kind.', 'kind');
  const sent = new Histogram({
    name: 'parley_message_sent_seconds',
    help: 'From frame to one tick; a sample of one in sixteen.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const calls = new Histogram({
    name: 'parley_call_seconds',
    help: 'REST calls by route and status.',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10, 30],
    registers,
  });
  const { alarm, alarmOver, alarms } = alarmBook(logger, registry, now);
  return {
    socketOpened: () => sockets.inc(),
    socketClosed(code) {
      sockets.dec();
      closed.inc({ code: String(code) });
    },
    frameReceived() {
      tally.framesReceived++;
    },
    frameRefused: (code) => refused.inc({ code }),
    messageSent(elapsedMs) {
      if (tally.messagesSent++ % 16 === 0) sent.observe(elapsedMs / 1_000);
    },
    readerBehind() {
      tally.readersBehind++;
    },
    upgradeRefused: (code) => upgrades.inc({ code }),
    ...keyEvents(registry),
    callServed: (route, status, elapsedMs) => calls.observe({ route, status: String(status) }, elapsedMs / 1_000),
    fault(where, error) {
      const isRefused = error instanceof Refused;
      const kind = isOfTheWorld(error) || error instanceof OutcomeUnknown || isRefused ? 'world' : 'bug';
      faults.inc({ kind });
      // Its words may name a path, and are told on standard error.
      if (isRefused) logger.error({ where, reason: error.name }, 'the operator must do something first');
      else if (kind === 'world') logger.warn({ where, reason: describe(error) }, 'not possible right now');
      else logger.error({ where, reason: describe(error), stack: stackOf(error) }, 'a fault of ours');
    },
    audit: auditEvent(logger, registry, now),
    alarm,
    alarmOver,
    alarms,
    step: (text, facts) => logger.info(facts ?? {}, text),
  };
}

/** Counted all, written a bounded part. */
function auditEvent(logger: Logger, registry: Registry, now: () => number): Events['audit'] {
  const counted = counter(registry, 'parley_audit_total', 'Entries of the security log by kind.', 'kind');
  const write = auditBook((audit, facts) => logger.info({ audit, ...facts }, 'security'), now);
  return (kind, facts) => {
    counted.inc({ kind });
    write(kind, facts);
  };
}

/** Public keys and what devices send each other, in numbers only. */
function keyEvents(
  registry: Registry,
): Pick<Events, 'keyGiven' | 'keysRefused' | 'toDeviceQueued' | 'toDeviceWaited' | 'undecryptable'> {
  const registers = [registry];
  const given = counter(registry, 'parley_keys_given_total', 'Keys to begin sessions with, by kind.', 'kind');
  const refused = new Counter({ name: 'parley_keys_refused_total', help: 'Keys that were not given.', registers });
  const queued = counter(registry, 'parley_to_device_total', 'Sealed things for devices, by what became.', 'outcome');
  const unopened = counter(registry, 'parley_undecryptable_total', 'Messages that devices could not open.', 'reason');
  const waited = new Histogram({
    name: 'parley_to_device_waiting',
    help: 'Sealed things that waited when a device was looked at, a page at most.',
    buckets: [0, 1, 2, 5, 10, 25, 50, 99, 100],
    registers,
  });
  return {
    keyGiven: (kind) => given.inc({ kind }),
    keysRefused: (count) => refused.inc(count),
    toDeviceQueued(count, full) {
      queued.inc({ outcome: 'queued' }, count);
      queued.inc({ outcome: 'full' }, full);
    },
    toDeviceWaited: (count) => waited.observe(count),
    undecryptable: (reason, count) => unopened.inc({ reason }, count),
  };
}

function counter<Label extends string>(registry: Registry, name: string, help: string, label: Label): Counter<Label> {
  return new Counter({ name, help, labelNames: [label], registers: [registry] });
}

function tallied(registry: Registry, tally: Tally): void {
  const shown: readonly (readonly [keyof Tally, string, string])[] = [
    ['framesReceived', 'parley_frames_received_total', 'Frames read from sockets.'],
    ['messagesSent', 'parley_messages_sent_total', 'Messages that became durable here.'],
    ['readersBehind', 'parley_readers_behind_total', 'Times that a slow reader lost pushes.'],
  ];
  for (const [key, name, help] of shown) {
    const metric = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        metric.reset();
        metric.inc(tally[key]);
      },
    });
  }
}

function alarmBook(
  logger: Logger,
  registry: Registry,
  now: () => number,
): Pick<Events, 'alarm' | 'alarmOver' | 'alarms'> {
  const raised = new Map<string, Alarm>();
  const gauge = new Gauge({
    name: 'parley_alarms',
    help: 'Alarms that are not over.',
    registers: [registry],
    collect() {
      gauge.set(raised.size);
    },
  });
  return {
    alarm(name, text) {
      if (raised.has(name) || raised.size >= maxAlarms) return;
      raised.set(name, { name, text, since: now() });
      logger.error({ alarm: name }, text);
    },
    alarmOver(name) {
      if (raised.delete(name)) logger.info({ alarm: name }, 'alarm is over');
    },
    alarms: () => [...raised.values()],
  };
}

/** Name and message of our own exceptions and of the system's; the message of anything else may carry content. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const isOurs = error instanceof OutcomeUnknown || error instanceof AssertionFailure;
  if (isOfTheWorld(error) || isOurs) return `${error.name}: ${error.message}`;
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}`;
}

/** Where it happened: the lines of the stack below the message. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error) || error.stack === undefined) return '';
  return error.stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim().replace(/\(?(?:file:\/\/)?\/\S*\/(?=packages|node_modules)/, '('))
    .join(' ← ');
}
