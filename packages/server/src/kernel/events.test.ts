import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { LogRefused } from '../log/log.ts';
import { AssertionFailure } from './assert.ts';
import { createEvents } from './events.ts';
import { loopLookMs, maxAlarms, maxAuditLinesPerMinute } from './limits.ts';
import { Conflict, OutcomeUnknown, Unavailable } from './result.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

function open() {
  const lines: Line[] = [];
  const output = new Writable({
    write(text: Buffer, _encoding, done) {
      lines.push(JSON.parse(text.toString()) as Line);
      done();
    },
  });
  const registry = new Registry();
  let now = 1_000;
  const events = createEvents(pino(output), registry, () => now++);
  return { events, lines, registry };
}

test('[OBS1] of a foreign exception only kind and code are logged, and of its stack only our code', () => {
  const { events, lines } = open();
  const canary = 'canary-secret';
  const foreign = Object.assign(new TypeError(`bad value "${canary}"`), { code: 'ERR_INVALID' });
  events.fault('send', foreign);
  events.fault('send', { message: canary });
  events.fault('send', canary);
  const text = JSON.stringify(lines);
  assert.ok(!text.includes(canary));
  assert.equal(lines[0]?.reason, 'TypeError ERR_INVALID');
  assert.match(String(lines[0]?.stack), /^at .*\(packages\/server\/src\/kernel\/events\.test\.ts:\d+:\d+\)/);
  assert.ok(!/\/(home|work|root|Users)\//.test(String(lines[0]?.stack)));
  assert.deepEqual(
    lines.slice(1).map(({ reason }) => reason),
    ['object', 'string'],
  );
});

test('[OBS4] the world is a warning with its words, a bug is an error with its stack', async () => {
  const { events, lines, registry } = open();
  events.fault('log', new Unavailable('The disk is full.'));
  events.fault('directory', new Conflict('taken'));
  events.fault('append', new OutcomeUnknown('no answer'));
  events.fault('apply', new AssertionFailure('layers are dropped oldest first'));
  assert.deepEqual(
    lines.map(({ level, where, reason }) => [level, where, reason]),
    [
      [40, 'log', 'Unavailable: The disk is full.'],
      [40, 'directory', 'Conflict: taken'],
      [40, 'append', 'OutcomeUnknown: no answer'],
      [50, 'apply', 'AssertionFailure: layers are dropped oldest first'],
    ],
  );
  assert.deepEqual(
    lines.map(({ stack }) => stack !== undefined),
    [false, false, false, true],
  );
  const metrics = await registry.metrics();
  assert.match(metrics, /parley_faults_total\{kind="world"\} 3/);
  assert.match(metrics, /parley_faults_total\{kind="bug"\} 1/);
});

test('[OBS85] what the operator must do first is told as such: no bug, no stack, no words that may name a path', async () => {
  const { events, lines, registry } = open();
  events.fault('serve', new LogRefused('missing', 'Put /srv/parley/log back.'));
  assert.deepEqual(
    lines.map(({ level, reason, msg, stack }) => [level, reason, msg, stack]),
    [[50, 'LogRefused', 'the operator must do something first', undefined]],
  );
  assert.match(await registry.metrics(), /parley_faults_total\{kind="world"\} 1/);
});

test('[OBS2] an alarm is told when it begins and when it is over, however often it is raised', async () => {
  const { events, lines, registry } = open();
  events.alarm('store.write', 'The store takes no rows.');
  events.alarm('store.write', 'The store still takes no rows.');
  events.alarmOver('store.read');
  assert.deepEqual(events.alarms(), [{ name: 'store.write', text: 'The store takes no rows.', since: 1_000 }]);
  assert.match(await registry.metrics(), /parley_alarms 1/);
  events.alarmOver('store.write');
  events.alarmOver('store.write');
  assert.deepEqual(events.alarms(), []);
  assert.deepEqual(
    lines.map(({ alarm, msg }) => [alarm, msg]),
    [
      ['store.write', 'The store takes no rows.'],
      ['store.write', 'alarm is over'],
    ],
  );
});

test('[OBS2] alarms are bounded in number', () => {
  const { events } = open();
  for (let n = 0; n < maxAlarms + 10; n++) events.alarm(`alarm.${n}`, 'text');
  assert.equal(events.alarms().length, maxAlarms);
});

test('[OBS3] what happens is counted', async () => {
  const { events, registry } = open();
  for (let n = 0; n < 3; n++) events.socketOpened();
  events.socketClosed(1001);
  events.frameReceived();
  events.frameReceived();
  events.frameRefused('rate.limited');
  events.upgradeRefused('connection.too_many');
  events.readerBehind();
  for (let n = 0; n < 32; n++) events.messageSent(4);
  events.callServed('listMessages', 200, 12);
  const metrics = await registry.metrics();
  for (const line of [
    'parley_sockets 2',
    'parley_sockets_closed_total{code="1001"} 1',
    'parley_frames_received_total 2',
    'parley_frames_refused_total{code="rate.limited"} 1',
    'parley_upgrades_refused_total{code="connection.too_many"} 1',
    'parley_readers_behind_total 1',
    'parley_messages_sent_total 32',
    'parley_message_sent_seconds_count 2',
    'parley_call_seconds_count{route="listMessages",status="200"} 1',
  ])
    assert.ok(metrics.includes(`${line}\n`), line);
  assert.match(metrics, /^parley_process_cpu_seconds_total/m, 'and the process');
  const again = await registry.metrics();
  assert.ok(again.includes('parley_messages_sent_total 32\n'), 'a scrape changes nothing');
});

test('[OBS107] a process is woken ten times a second to see how late its event loop comes', async () => {
  const { registry } = open();
  const least = 'parley_nodejs_eventloop_lag_min_seconds';
  let seconds = Number.POSITIVE_INFINITY;
  // Reading begins anew, and the first look after it only begins to measure: until then it is the largest number there is.
  for (let tries = 1; seconds > 3_600; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 3 * tries * loopLookMs));
    seconds = Number(new RegExp(`^${least} (\\S+)$`, 'm').exec(await registry.metrics())?.[1]);
  }
  assert.ok(seconds > (0.9 * loopLookMs) / 1_000, `${seconds}`);
});

test('[ENC34] keys that are given and refused, and what waits for devices, are counted in numbers and words', async () => {
  const { events, registry } = open();
  events.keyGiven('one_time');
  events.keyGiven('fallback');
  events.keyGiven('one_time');
  events.keysRefused(3);
  events.toDeviceQueued(5, 1);
  events.toDeviceWaited(0);
  events.toDeviceWaited(100);
  const metrics = await registry.metrics();
  for (const line of [
    'parley_keys_given_total{kind="one_time"} 2',
    'parley_keys_given_total{kind="fallback"} 1',
    'parley_keys_refused_total 3',
    'parley_to_device_total{outcome="queued"} 5',
    'parley_to_device_total{outcome="full"} 1',
    'parley_to_device_waiting_bucket{le="0"} 1',
    'parley_to_device_waiting_count 2',
  ])
    assert.ok(metrics.includes(`${line}\n`), line);
});

test('[OBS5] what devices could not open is summed by reason', async () => {
  const { events, registry } = open();
  assert.doesNotMatch(await registry.metrics(), /^parley_undecryptable_total\{/m, 'none');
  events.undecryptable('no_key', 2);
  events.undecryptable('no_key', 3);
  events.undecryptable('broken', 1);
  const metrics = await registry.metrics();
  for (const line of ['{reason="no_key"} 5', '{reason="broken"} 1'])
    assert.ok(metrics.includes(`parley_undecryptable_total${line}\n`), line);
});

test('[OBS3] a step of the process is a line with its facts', () => {
  const { events, lines } = open();
  events.step('started', { port: 8420 });
  events.step('stopped');
  assert.deepEqual(
    lines.map(({ level, msg, port }) => [level, msg, port]),
    [
      [30, 'started', 8420],
      [30, 'stopped', undefined],
    ],
  );
});

test('[OBS105] [OBS106] the security log is a line at level info and a count by kind', async () => {
  const { events, lines, registry } = open();
  events.audit('sign_in_refused', { address: '192.0.2.1' });
  assert.deepEqual([lines[0]?.level, lines[0]?.audit, lines[0]?.address], [30, 'sign_in_refused', '192.0.2.1']);
  for (let n = 0; n < maxAuditLinesPerMinute; n++) events.audit('sign_in_refused', { address: '192.0.2.1' });
  assert.equal(lines.length, maxAuditLinesPerMinute);
  assert.match(await registry.metrics(), /parley_audit_total\{kind="sign_in_refused"\} 31/);
});
