// What every presence must do, run by the test of each adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import { maxWatchedAccounts, offlineGraceMs, offlineSilenceMs } from '@parley/protocol/limits';
import type { Presence, Seen } from './presence.ts';

/** A presence under test: two ends of it (a gateway each), and time that passes when told. */
export interface OpenPresence {
  readonly here: Presence;
  readonly there: Presence;
  readonly now: () => number;
  /** Lets time pass; resolves when everyone has heard what came of it. */
  readonly pass: (ms: number) => Promise<void>;
}

const account = (n: number) => `a_${String(n).padStart(22, '0')}` as AccountId;
const device = (n: number) => `d_${String(n).padStart(22, '0')}` as DeviceId;
const [ana, ben, cleo] = [account(1), account(2), account(3)];
const [phone, laptop] = [device(1), device(2)];

/** Runs the cases of the port against `open`. */
export function presenceContract(name: string, open: () => Promise<OpenPresence>): void {
  const opened = async () => {
    const presence = await open();
    const { here, there } = presence;
    const close = async () => {
      await here[Symbol.asyncDispose]();
      if (there !== here) await there[Symbol.asyncDispose]();
    };
    const seen = async (who = ana): Promise<Seen | undefined> => (await there.of([who]))[0];
    return { ...presence, close, seen };
  };

  test(`[PRS1] ${name}: an account is online as soon as a socket of it is up, for every gateway`, async () => {
    const { here, seen, close } = await opened();
    await here.connected(ana, phone);
    assert.deepEqual(await seen(), { account: ana, online: true, lastSeenAt: null });
    await close();
  });

  test(`[PRS2] ${name}: it is offline 15 s after its last device left, and was seen when that left`, async () => {
    const { here, there, now, pass, seen, close } = await opened();
    await here.connected(ana, phone);
    await there.connected(ana, laptop);
    await here.disconnected(ana, phone);
    await pass(offlineGraceMs);
    assert.equal((await seen())?.online, true, 'the laptop is still there');
    const leftAt = now();
    await there.disconnected(ana, laptop);
    await pass(offlineGraceMs - 1);
    assert.deepEqual(await seen(), { account: ana, online: true, lastSeenAt: null });
    await pass(1);
    assert.deepEqual(await seen(), { account: ana, online: false, lastSeenAt: leftAt });
    await here.connected(ana, phone);
    assert.deepEqual(await seen(), { account: ana, online: true, lastSeenAt: null });
    await close();
  });

  test(`[PRS2] ${name}: who comes back within the grace was never away, and has a whole grace again`, async () => {
    const { here, there, pass, seen, close } = await opened();
    await here.connected(ana, phone);
    await here.disconnected(ana, phone);
    await pass(offlineGraceMs - 1);
    await there.connected(ana, phone);
    await pass(2 * offlineGraceMs);
    assert.equal((await seen())?.online, true);
    await there.disconnected(ana, phone);
    await pass(offlineGraceMs - 1);
    assert.equal((await seen())?.online, true);
    await close();
  });

  test(`[PRS2] ${name}: who went without a word is offline 45 s after the last that was heard, and was seen then`, async () => {
    const { here, there, now, pass, seen, close } = await opened();
    for (const silentMs of [0, 29_000, 30_001, 36_000, 44_000, 60_000]) {
      await here.connected(ana, phone);
      const heardAt = now() - silentMs;
      await here.disconnected(ana, phone, silentMs);
      const graceMs = Math.min(offlineGraceMs, Math.max(0, offlineSilenceMs - silentMs));
      if (graceMs > 0) await pass(graceMs - 1);
      if (graceMs > 0) assert.equal((await seen())?.online, true, `${silentMs} ms`);
      await pass(1);
      assert.deepEqual(await seen(), { account: ana, online: false, lastSeenAt: heardAt }, `${silentMs} ms`);
      assert.ok(now() - heardAt <= Math.max(offlineSilenceMs, silentMs + 1));
    }
    await here.connected(ana, phone);
    await there.connected(ana, laptop);
    await there.disconnected(ana, laptop);
    const leftAt = now();
    await here.disconnected(ana, phone, 36_000);
    await pass(offlineGraceMs - 1);
    assert.equal((await seen())?.online, true, 'the other device has its whole grace');
    await pass(1);
    assert.deepEqual(await seen(), { account: ana, online: false, lastSeenAt: leftAt });
    await close();
  });

  test(`[PRS3] ${name}: many are answered in the order asked for, the unknown as never seen`, async () => {
    const { here, now, pass, close } = await opened();
    const leftAt = now();
    await here.connected(ben, phone);
    await here.disconnected(ben, phone);
    await here.connected(ana, laptop);
    await pass(offlineGraceMs);
    const others = Array.from({ length: maxWatchedAccounts - 3 }, (_, n) => account(100 + n));
    const answers = await here.of([cleo, ben, ana, ...others]);
    assert.deepEqual(answers.slice(0, 3), [
      { account: cleo, online: false, lastSeenAt: null },
      { account: ben, online: false, lastSeenAt: leftAt },
      { account: ana, online: true, lastSeenAt: null },
    ]);
    assert.deepEqual(
      answers.slice(3),
      others.map((each) => ({ account: each, online: false, lastSeenAt: null })),
    );
    await close();
  });

  test(`[PRS4] ${name}: a device is online until its last socket went, and what was never up cannot leave`, async () => {
    const { here, there, seen, close } = await opened();
    await here.disconnected(ana, phone);
    await here.connected(ana, phone);
    await there.connected(ana, phone);
    await here.disconnected(ana, phone);
    assert.deepEqual([await there.isOnline(phone), await there.isOnline(laptop)], [true, false]);
    await there.disconnected(ana, phone);
    assert.equal(await here.isOnline(phone), false, 'a device has no grace');
    assert.equal((await seen())?.online, true);
    await close();
  });

  test(`[PRS5] ${name}: coming and going are told once, and not to who has unsubscribed`, async () => {
    const { here, there, now, pass, close } = await opened();
    const heard: Seen[] = [];
    const stopped: Seen[] = [];
    // On which gateway does not matter: what it tells goes to all.
    const ends = [...new Set([here, there])];
    for (const end of ends) end.changed((seen) => heard.push(seen));
    const stops = ends.map((end) => end.changed((seen) => stopped.push(seen)));
    await here.connected(ana, phone);
    await here.connected(ana, laptop);
    await here.disconnected(ana, laptop);
    await pass(0);
    for (const stop of stops) stop();
    const leftAt = now();
    await here.disconnected(ana, phone);
    await pass(offlineGraceMs);
    await pass(offlineGraceMs);
    const came = { account: ana, online: true, lastSeenAt: null };
    assert.deepEqual(heard, [came, { account: ana, online: false, lastSeenAt: leftAt }]);
    assert.deepEqual(stopped, [came]);
    await close();
  });

  test(`[PRS5] ${name}: a listener that throws hurts neither the gateway nor the others`, async () => {
    const { here, pass, close } = await opened();
    const heard: Seen[] = [];
    here.changed(() => {
      throw new Error('a bug of the listener');
    });
    here.changed((seen) => heard.push(seen));
    await here.connected(ana, phone);
    await pass(0);
    assert.equal(heard.length, 1);
    await close();
  });
}
