// What every place for small values must do, run by the test of each adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ephemeral } from './ephemeral.ts';

/** Two ends of one, and time that passes when told. */
export interface OpenEphemeral {
  readonly here: Ephemeral;
  readonly there: Ephemeral;
  readonly pass: (ms: number) => Promise<void>;
}

const never = new AbortController().signal;

/** Runs the cases of the port against what `open` opens. */
export function ephemeralContract(name: string, open: () => Promise<OpenEphemeral>): void {
  const opened = async () => {
    const ends = await open();
    const close = async () => {
      await ends.here[Symbol.asyncDispose]();
      await ends.there[Symbol.asyncDispose]();
    };
    return { ...ends, close };
  };

  test(`[EPH1] ${name}: a value is there for everybody until its time is over, and the first one stays`, async () => {
    const { here, there, pass, close } = await opened();
    assert.equal(await there.get('a'), undefined);
    assert.equal(await here.create('a', 'one', 300), 'done');
    assert.equal(await there.create('a', 'two', 300), 'there');
    assert.equal(await there.get('a'), 'one');
    await pass(301);
    assert.equal(await here.get('a'), undefined);
    assert.equal(await there.create('a', 'three', 5_000), 'done');
    await here.remove('a');
    await here.remove('a');
    assert.equal(await there.get('a'), undefined);
    await close();
  });

  test(`[EPH2] ${name}: a value is replaced by who knows it, and ends when it would have`, async () => {
    const { here, there, pass, close } = await opened();
    assert.equal(await here.replace('b', 'one', 'two'), 'gone');
    await here.create('b', 'one', 400);
    assert.equal(await there.replace('b', 'other', 'two'), 'changed');
    const both = await Promise.all([here.replace('b', 'one', 'mine'), there.replace('b', 'one', 'yours')]);
    assert.deepEqual(both.toSorted(), ['changed', 'done']);
    await pass(401);
    assert.equal(await here.get('b'), undefined);
    await close();
  });

  test(`[EPH3] ${name}: who waits goes on when the value changes or goes, after a while, or on abort`, async () => {
    const { here, there, pass, close } = await opened();
    await here.create('c', 'one', 60_000);
    const waiting = there.changed('c', 'one', 20_000, never);
    await here.replace('c', 'one', 'two');
    await pass(1_000);
    await waiting;
    await there.changed('c', 'one', 20_000, never);
    const gone = there.changed('c', 'two', 20_000, never);
    await here.remove('c');
    await pass(1_000);
    await gone;
    await there.changed('c', 'two', 20_000, never);
    await here.create('d', 'one', 60_000);
    const late = there.changed('d', 'one', 500, never);
    await pass(500);
    await late;
    const stop = new AbortController();
    const aborted = there.changed('d', 'one', 20_000, stop.signal);
    stop.abort();
    await aborted;
    await there.changed('d', 'one', 20_000, AbortSignal.abort());
    await here.remove('d');
    await close();
  });
}
