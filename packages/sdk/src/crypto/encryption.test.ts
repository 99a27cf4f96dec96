// The provider of encrypted conversations over a place that opens its keys when the test says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId, DeviceId, MessageId } from '@parley/protocol';
import { ChatError } from '../error.ts';
import { accountId, HandClock, HandHttp, seededRandom, settle } from '../fixture.ts';
import type { CryptoParts, Opening } from '../ports.ts';
import { encryptedCrypto, type KeyPlace } from './encryption.ts';
import type { KeyEvents, KeyMachine, KeyState } from './key-machine.ts';
import { printSealed } from './sealed-content.ts';

/** Keys that take their time, and how many of them are open. */
class SlowPlace implements KeyPlace {
  opened = 0;
  closed = 0;
  #open: () => void = () => {};

  async open(): Promise<KeyMachine> {
    await new Promise<void>((resolve) => {
      this.#open = resolve;
    });
    this.opened++;
    return {
      start: async () => 'needs_linking',
      close: async () => void this.closed++,
    } as Partial<KeyMachine> as KeyMachine;
  }

  async wipe(): Promise<void> {}

  async letOpen(): Promise<void> {
    this.#open();
    await settle();
  }
}

function partsWith(clock: HandClock, secrets: Partial<CryptoParts['secrets']> = {}): CryptoParts {
  return {
    account: accountId(1),
    device: `d_${'A'.repeat(22)}` as DeviceId,
    http: new HandHttp(),
    clock,
    random: seededRandom(1),
    secrets: { get: async () => undefined, put: async () => {}, ...secrets },
    settings: { read: () => [], write: async () => {}, onChange: () => () => {} },
    onKey: () => {},
    onReady: async () => {},
    onChanged: () => {},
    onUnopened: () => {},
    onLost: () => {},
  };
}

test('[ENC47] keys that are just being opened when the client is closed are closed too, before anything else is', async () => {
  const place = new SlowPlace();
  const crypto = encryptedCrypto(place);
  crypto.start(partsWith(new HandClock()));
  await settle();
  let isOver = false;
  const closing = crypto.close().then(() => {
    isOver = true;
  });
  await settle();
  assert.equal(isOver, false);
  await place.letOpen();
  await closing;
  assert.deepEqual([place.opened, place.closed], [1, 1]);
});

test('[ENC47] keys are closed when what belongs to them cannot be read, and only then opened again', async () => {
  const place = new SlowPlace();
  const clock = new HandClock();
  let fails = true;
  const put = async () => {
    if (fails) throw new Error('the disk is full');
  };
  const crypto = encryptedCrypto(place);
  crypto.start(partsWith(clock, { put }));
  await settle();
  await place.letOpen();
  assert.deepEqual([place.opened, place.closed], [1, 1]);
  fails = false;
  await clock.advance(60_000);
  await place.letOpen();
  assert.deepEqual([place.opened, place.closed], [2, 1]);
  await crypto.close();
  assert.equal(place.closed, 2);
});

test('[ENC247] why the keys cannot be opened is told, and they are opened as soon as somebody tries again', async () => {
  const place = new SlowPlace();
  const clock = new HandClock();
  let isLost = true;
  const crypto = encryptedCrypto({
    open: async () => {
      if (isLost) throw new ChatError('client.crypto', { cause: new Error('wasm: 404') });
      return place.open();
    },
    wipe: async () => {},
  });
  crypto.start(partsWith(clock));
  await settle();
  assert.deepEqual([crypto.desk?.snapshot.phase, crypto.desk?.snapshot.problem], ['opening', 'client.crypto']);
  await assert.rejects(crypto.desk?.ask('openKeys') ?? Promise.resolve(), { code: 'client.crypto' });
  isLost = false;
  const opened = crypto.desk?.ask('openKeys');
  await settle();
  await place.letOpen();
  await opened;
  assert.equal(crypto.desk?.snapshot.problem, null);
  await crypto.close();
  assert.equal(place.closed, 1);
});

test('[ENC247] whoever tries again while it is being tried by itself waits for that, and nothing is opened twice', async () => {
  const clock = new HandClock();
  const opening: PromiseWithResolvers<KeyMachine>[] = [];
  const open = () => {
    const attempt = Promise.withResolvers<KeyMachine>();
    opening.push(attempt);
    return attempt.promise;
  };
  const crypto = encryptedCrypto({ open, wipe: async () => {} });
  crypto.start(partsWith(clock));
  await settle();
  opening[0]?.reject(new ChatError('client.crypto'));
  await settle();
  await clock.advance(60_000);
  assert.equal(opening.length, 2, 'by itself');
  const opened = crypto.desk?.ask('openKeys');
  await settle();
  assert.equal(opening.length, 2);
  const machine = { start: async () => 'needs_linking' as const, close: async () => {} };
  opening[1]?.resolve(machine as Partial<KeyMachine> as KeyMachine);
  await opened;
  await clock.advance(60_000);
  assert.deepEqual([opening.length, crypto.desk?.snapshot.problem], [2, null]);
  await crypto.close();
});

test('[ENC365] that other keys are known of this device is believed of keys that were never published, and of no others', async () => {
  for (const isPublished of [false, true]) {
    const kept = new Map<string, unknown>();
    const clock = new HandClock();
    let [lost, starts] = [0, 0];
    let isLying = !isPublished;
    const start = async (): Promise<KeyState> => {
      starts++;
      if (isLying) throw new ChatError('keys.changed');
      return 'needs_linking';
    };
    const open = async () => ({ start, close: async () => {} }) as Partial<KeyMachine> as KeyMachine;
    const secrets = {
      get: async (name: string) => kept.get(name),
      put: async (name: string, value: unknown) => void kept.set(name, value),
    };
    const begin = async () => {
      const crypto = encryptedCrypto({ open, wipe: async () => {} });
      crypto.start({ ...partsWith(clock, secrets), onLost: () => void lost++ });
      await settle();
      return crypto;
    };
    let crypto = await begin();
    if (isPublished) {
      await crypto.close();
      isLying = true;
      crypto = await begin();
      await clock.advance(60_000);
    }
    assert.equal(lost, isPublished ? 0 : 1);
    assert.equal(starts > 2, isPublished, 'what cannot be is asked again');
    await crypto.close();
  }
});

test('[ENC330] without any room key nothing is tried and nothing waits; what has its key is opened, and all of it once linked', async () => {
  const place = new SlowPlace();
  const tried: string[] = [];
  let events: KeyEvents | null = null;
  const crypto = encryptedCrypto({
    open: async (_parts, told) => {
      events = told;
      const open: KeyMachine['open'] = async ({ content }) => {
        tried.push(content);
        return { body: null, reason: 'no_key', session: null };
      };
      return Object.assign(await place.open(), { open });
    },
    wipe: async () => {},
  });
  crypto.start(partsWith(new HandClock()));
  await settle();
  const conversation = `c_${'C'.repeat(22)}` as ConversationId;
  const openingOf = (session: string): Opening => ({
    conversation,
    kind: 'group',
    id: 'm' as MessageId,
    sender: accountId(2),
    device: `d_${'B'.repeat(22)}` as DeviceId,
    content: printSealed({ session, ciphertext: `Aw${'A'.repeat(238)}` }),
    format: 'sealed',
  });
  const [one, other] = ['A', 'B'].map((letter) => letter.repeat(43)) as [string, string];
  assert.deepEqual(await crypto.open(openingOf(one)), { body: null, reason: 'no_key', session: one });
  await place.letOpen();
  await crypto.open(openingOf(one));
  assert.deepEqual(tried, []);
  const machine = events as unknown as KeyEvents;
  machine.readable(conversation, one);
  for (const session of [one, other]) await crypto.open(openingOf(session));
  assert.deepEqual(tried, [openingOf(one).content]);
  machine.state('ready' satisfies KeyState);
  await crypto.open(openingOf(other));
  assert.deepEqual(tried, [openingOf(one).content, openingOf(other).content]);
  await crypto.close();
});
