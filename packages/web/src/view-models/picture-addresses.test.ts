import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import type { Client, GroupPicture } from '@parley/sdk';
import { conversationId } from '../../../sdk/src/fixture.ts';
import { maxPictureAddresses, PictureAddresses } from './picture-addresses.ts';

/** A client of groups whose pictures are records with their own numbers as bytes; of those at 9 nothing can be shown. */
function clientWith(pictures: ReadonlyMap<ConversationId, number>): Client {
  const conversation = (id: ConversationId) =>
    pictures.has(id)
      ? {
          snapshot: { picture: pictures.get(id) ?? null },
          picture: async (): Promise<GroupPicture | null> => {
            const seq = pictures.get(id) ?? 0;
            return seq === 9 ? null : { type: 'image/png', bytes: new Uint8Array([seq]) };
          },
        }
      : null;
  return { conversation } as unknown as Client;
}

function page() {
  const open = new Set<string>();
  let made = 0;
  const addresses = new PictureAddresses({
    make: ({ bytes }) => {
      const address = `blob:${made++}/${bytes[0]}`;
      open.add(address);
      return address;
    },
    revoke: (address) => void open.delete(address),
  });
  return { open, addresses };
}

test('[WEB105] a picture has one address for as long as it is that picture', async () => {
  const { open, addresses } = page();
  const [id, other] = [conversationId(1), conversationId(2)];
  const pictures = new Map([[id, 5]]);
  const client = clientWith(pictures);
  assert.equal(addresses.known(client, id, 5), null);
  const asked = [addresses.of(client, id, 5), addresses.of(client, id, 5)];
  assert.deepEqual(await Promise.all(asked), ['blob:0/5', 'blob:0/5'], 'several places show it');
  assert.deepEqual([addresses.known(client, id, 5), await addresses.of(client, id, 5)], ['blob:0/5', 'blob:0/5']);
  pictures.set(id, 7);
  assert.equal(await addresses.of(client, id, 6), null, 'it is another one by now');
  assert.equal(await addresses.of(client, id, 7), 'blob:1/7');
  pictures.set(id, 9);
  assert.equal(await addresses.of(client, id, 9), null);
  assert.equal(await addresses.of(client, other, 5), null);
  assert.equal(open.size, 2);
});

test('[WEB105] a bounded number of pictures is at hand, and none of somebody who has signed out', async () => {
  const { open, addresses } = page();
  const ids = Array.from({ length: maxPictureAddresses + 3 }, (_, n) => conversationId(n + 1));
  const client = clientWith(new Map(ids.map((id) => [id, 5])));
  for (const id of ids) await addresses.of(client, id, 5);
  assert.equal(open.size, maxPictureAddresses);
  assert.equal(addresses.known(client, ids[2] as ConversationId, 5), null);
  assert.notEqual(addresses.known(client, ids[3] as ConversationId, 5), null);
  const next = clientWith(new Map([[conversationId(1), 5]]));
  assert.equal(addresses.known(next, ids[9] as ConversationId, 5), null);
  await addresses.of(next, conversationId(1), 5);
  assert.equal(open.size, 1);
  assert.equal(addresses.known(client, ids[9] as ConversationId, 5), null);
});
