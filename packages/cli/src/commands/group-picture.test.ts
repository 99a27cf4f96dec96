import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { maxPictureBytes, maxPictureSide } from '@parley/protocol/limits';
import { encodeBytes } from '../../../sdk/src/crypto/base64.ts';
import * as made from '../../../sdk/src/picture-fixture.ts';
import { ana, ben, Desk, group, named, quiet, record, trip } from '../fixture.ts';

const list = {
  items: [
    { account: ana, role: 'owner', joined_seq: 1 },
    { account: ben, role: 'admin', joined_seq: 1 },
  ],
  has_more: false,
};

/** Ana's, who owns the group; and a file with these bytes. */
async function deskWith(t: Parameters<typeof Desk.open>[0], bytes: Uint8Array): Promise<[Desk, string]> {
  const desk = await Desk.open(t, [{ ...trip, role: 'owner' }]);
  desk.client.http.on(`GET /v1/conversations/${group}/members`, list);
  await desk.client.push(named(trip, 'River trip'));
  const path = join(desk.home, 'picture');
  await writeFile(path, bytes);
  return [desk, path];
}

const bodies = (desk: Desk) =>
  desk.client.outgoing.map(({ content }) => JSON.parse(content ?? '') as { picture: object });

test('[CLI42] the picture of a group is sent as it is in its file, and taken away', async (t) => {
  for (const bytes of [made.png(32), made.jpeg(maxPictureSide), made.webp(32), made.pngOf(maxPictureBytes)]) {
    const [desk, path] = await deskWith(t, bytes);
    assert.equal(await desk.pass(desk.run('group', 'picture', '#River trip', path)), 0, desk.chatter.text);
    assert.equal(desk.chatter.text, 'Set.\n');
    assert.deepEqual(
      bodies(desk).map(({ picture }) => (picture as { data: string }).data),
      [encodeBytes(bytes)],
    );
  }
  const [desk] = await deskWith(t, made.png(32));
  assert.equal(await desk.pass(desk.run('group', 'picture', '#River trip', '--remove')), 0, desk.chatter.text);
  assert.equal(desk.chatter.text, 'Removed.\n');
  assert.deepEqual(
    bodies(desk).map(({ picture }) => picture),
    [null],
  );
});

test('[CLI42] a file that cannot be sent as it is is refused with what to do, and nothing is sent', async (t) => {
  const faults: readonly (readonly [Uint8Array, RegExp])[] = [
    [
      made.pngOf(maxPictureBytes + 1),
      /it is too large; a picture is a JPEG, PNG or WebP of at most 12 KiB and 512 by 512/,
    ],
    [new Uint8Array(1024 * 1024), /it is too large/],
    [made.png(maxPictureSide + 1, 1), /it is too large/],
    [made.png(8, 8, made.pngPart('acTL', [0, 0, 0, 2, 0, 0, 0, 0])), /it moves/],
    [new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'), /it is no picture that can be sent/],
    [
      made.jpeg(8, 8, made.jpegPart(0xe1, 'Exif\0\0 GPS')),
      /more than what is seen \(EXIF or XMP\), perhaps where .* exiftool/,
    ],
    [made.png(8, 8, made.pngPart('tEXt', [65])), /more than what is seen \(tEXt\)/],
    [made.webp(8, 8, made.webpPart('EXIF', [65, 66])), /more than what is seen \(EXIF\)/],
  ];
  for (const [bytes, said] of faults) {
    const [desk, path] = await deskWith(t, bytes);
    assert.equal(await desk.run('group', 'picture', '#River trip', path), 2);
    assert.match(desk.chatter.text, said);
    assert.deepEqual(desk.client.outgoing, []);
  }
  const [desk, path] = await deskWith(t, made.png(32));
  assert.equal(await desk.run('group', 'picture', '#River trip', join(desk.home, 'nowhere')), 2);
  assert.match(desk.chatter.text, /nowhere cannot be read: ENOENT/);
  for (const both of [[], [path, '--remove']])
    assert.equal(await desk.run('group', 'picture', '#River trip', ...both), 2);
});

test('[CLI42] the list of chats says whether a group has a picture, the history who changed it', async (t) => {
  const [desk] = await deskWith(t, made.png(32));
  const data = encodeBytes(made.png(32));
  const news = { type: 'state', changed: 'picture', title: 'River trip' };
  const sets = { ...news, picture: { type: 'image/png', data } };
  const { head } = desk.client.conversation(group).snapshot;
  const has = async () => {
    assert.equal(await desk.run('conversations', '--json'), 0);
    return desk.objects.find(({ kind }) => kind === 'group')?.picture;
  };
  assert.equal(await has(), false);
  const again = await deskWith(t, made.png(32));
  await again[0].client.push(record(group, head + 1, { ...quiet(sets), ord: 0, sender: ben }));
  assert.equal(await again[0].run('conversations', '--json'), 0);
  assert.equal(again[0].objects.find(({ kind }) => kind === 'group')?.picture, true);
  const [third] = await deskWith(t, made.png(32));
  await third.client.push(
    record(group, head + 1, { ...quiet(sets), ord: 0, sender: ben }),
    record(group, head + 2, { ...quiet({ ...news, picture: null }), ord: 0, sender: ana }),
  );
  assert.equal(await third.run('history', '#River trip'), 0);
  assert.match(third.output.text, /Ben changed the group's picture\n\d\d:\d\d you removed the group's picture/);
});
