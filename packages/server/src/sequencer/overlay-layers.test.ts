// Layers of the overlay that went: whom they lead to, and for how long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '../store/memory-store.ts';
import type { Rows } from '../store/store.ts';
import { accountOf, Stage } from './stage.ts';

const [ana, ben] = [accountOf(1), accountOf(2)];

test('[SEQ71] a layer that went leads to later ones only while somebody reads the store who began before it went', async () => {
  const store = new MemoryStore();
  let pause: Promise<void> | null = null;
  const rows: Rows = {
    get: async (table, key) => {
      await pause;
      return store.get(table, key);
    },
    list: async (table, range) => {
      await pause;
      return store.list(table, range);
    },
  };
  const stage = new Stage({ store, rows });
  const conversation = await stage.direct(ana, ben, { contact: true });
  const gone = [stage.overlay.open];
  const next = async () => {
    await stage.commit();
    await stage.say(conversation, ana);
    gone.push(stage.overlay.open);
  };
  const leading = () => gone.slice(0, -1).map((layer) => layer.next !== null);
  await next();
  assert.deepEqual(leading(), [false]);
  const held = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  pause = held[0].promise;
  const older = stage.overlay.list('members', { prefix: [conversation], limit: 10 });
  await next();
  pause = held[1].promise;
  const newer = stage.overlay.get('ids', [conversation, ben, 'x' as never]);
  await next();
  assert.deepEqual(leading(), [false, true, true]);
  held[1].resolve();
  await newer;
  assert.deepEqual(leading(), [false, true, true], 'the older read walks over both');
  held[0].resolve();
  await older;
  assert.deepEqual(leading(), [false, false, false]);
  const away = stage.overlay.get('ids', [conversation, ben, 'y' as never]);
  await next();
  await away;
  assert.deepEqual(leading(), [false, false, false, false]);
});
