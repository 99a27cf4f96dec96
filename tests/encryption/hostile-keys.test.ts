// A hostile server against whole clients: what it does to keys, to identities and to what devices send each other is
// refused or shown, and afterwards the client goes on.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DeviceKeys } from '@parley/protocol';
import type { Conversation } from '@parley/sdk';
import { readInviteLink, usedLink } from '../../packages/sdk/src/invite-link.ts';
import { badKeys, spoilsKeys } from './claim-liar.ts';
import { givesSecret, namesInviter, opensOther, sayingSecrets } from './link-liar.ts';
import { keepsItems, turnsItems } from './queue-liar.ts';
import { assertSealed, groupOf, meet, pair, type Resident, reads, say, Town, there } from './town.ts';
import { roomKeysOf, serve, swap, twinOf } from './twin.ts';

/** What is said meanwhile waits and reaches nobody; with an honest server it goes to whom it is for, and nothing is told. */
async function waitsUntilHonest(
  town: Town,
  { by, to, chat }: { readonly by: Resident; readonly to: Resident; readonly chat: Conversation },
  made: Awaited<ReturnType<typeof twinOf>>,
): Promise<void> {
  assert.deepEqual(by.client.encryption.snapshot.changed, [{ account: to.account, what: 'left_out' }]);
  const sent = await town.done(chat.send('for you'));
  await town.pass(5_000);
  assert.equal(sent.state, 'pending');
  assert.deepEqual(roomKeysOf(made), []);
  by.man.honest();
  swap(by, to.account, (item) => item);
  await reads(town, await there(town, to, chat), 'for you');
  assert.deepEqual(by.client.encryption.snapshot.changed, []);
}

for (const signed of [false, true])
  test(`[ENC177] a device that the server adds to somebody gets no key${signed ? ', signed by a key of the server’s' : ''}`, async (t) => {
    const { town, ana, ben, withBen, withAna } = await pair(t);
    const made = await twinOf(ben);
    const [added] = made.keys.devices;
    assert.ok(added);
    const { signatures } = added;
    const own = {
      [Object.keys(signatures)[0] ?? '']: {
        [`ed25519:${added.device_id}`]: Object.values(signatures)[0]?.[`ed25519:${added.device_id}`],
      },
    };
    const device = (signed ? added : { ...added, signatures: own }) as DeviceKeys;
    serve(ana, made);
    swap(ana, ben.account, (item) => ({ ...item, devices: [...item.devices, device] }));
    await town.pass(500);
    await say(town, withBen, 'for you only');
    await reads(town, withAna, 'for you only');
    assert.deepEqual(roomKeysOf(made), []);
    assert.deepEqual(ana.client.encryption.snapshot.changed, []);
  });

test('[ENC178] the identity of somebody who was never confirmed that the server swaps is told', async (t) => {
  const { town, ana, ben, withBen } = await pair(t);
  const made = await twinOf(ben);
  serve(ana, made);
  const { code } = await town.done(ana.client.encryption.identity(ben.account));
  swap(ana, ben.account, () => made.keys);
  await town.until(() => ana.client.encryption.snapshot.changed.length > 0, 'it is told');
  assert.deepEqual(ana.client.encryption.snapshot.changed, [{ account: ben.account, what: 'changed' }]);
  const now = await town.done(ana.client.encryption.identity(ben.account));
  assert.equal(now.state, 'changed');
  assert.notEqual(now.code?.digits, code?.digits);
  await town.done((await withBen.send('who are you?')).reached('sent'));
  assertSealed(ana, withBen);
  assert.equal(roomKeysOf(made).length, 1);
});

test('[ENC178] the identity of somebody who was confirmed that the server swaps holds the chat, and gets nothing', async (t) => {
  const { town, ana, ben, withBen } = await pair(t);
  const made = await twinOf(ben);
  await town.done(ana.client.encryption.confirmIdentity(ben.account));
  serve(ana, made);
  swap(ana, ben.account, () => made.keys);
  await town.until(() => ana.client.encryption.snapshot.changed.length > 0, 'it is told');
  await waitsUntilHonest(town, { by: ana, to: ben, chat: withBen }, made);
});

test('[ENC178] a confirmed member whose identity the server swaps is left out of the group, and the others are not', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, cleo] = [await town.join('ana'), await town.join('ben'), await town.join('cleo')];
  const [group, , ofCleo] = await groupOf(town, ana, ben, cleo);
  assert.ok(ofCleo);
  await town.done(ana.client.encryption.confirmIdentity(ben.account));
  const made = await twinOf(ben);
  serve(ana, made);
  swap(ana, ben.account, () => made.keys);
  await town.until(() => ana.client.encryption.snapshot.changed.length > 0, 'it is told');
  await say(town, group, 'without Ben');
  await reads(town, ofCleo, 'without Ben');
  assert.deepEqual(roomKeysOf(made), []);
});

test('[ENC368] a server that swaps the identity of who invites, before anybody knows it, is caught by the link', async (t) => {
  const town = await Town.open(t);
  const [ana, ben] = [await town.join('ana'), await town.join('ben')];
  const { link } = await town.done(ben.client.invites.create());
  const made = await twinOf(ben);
  serve(ana, made);
  swap(ana, ben.account, () => made.keys);
  const withBen = await town.done(ana.client.invites.accept(link ?? assert.fail()));
  await waitsUntilHonest(town, { by: ana, to: ben, chat: withBen }, made);
  assert.equal((await town.done(ana.client.encryption.identity(ben.account))).state, 'known');
});

/** Ben and Mal have made links, Ana knows Mal, and the server says that Ben's is Mal's; Ben's keys are the server's own. */
async function invited(t: TestContext) {
  const town = await Town.open(t);
  const [ana, ben, mal] = [await town.join('ana'), await town.join('ben'), await town.join('mal')];
  const { one: withMal } = await meet(town, ana, mal);
  const { link } = await town.done(ben.client.invites.create());
  namesInviter(ana.man, mal.session.me);
  const made = await twinOf(ben);
  serve(ana, made);
  swap(ana, ben.account, () => made.keys);
  return { town, ana, ben, mal, withMal, made, link: link ?? assert.fail() };
}

test('[ENC369] whoever the server says that a link is of, the chat that it opens waits for who has its key', async (t) => {
  const { town, ana, ben, made, link } = await invited(t);
  const withBen = await town.done(ana.client.invites.accept(link));
  await waitsUntilHonest(town, { by: ana, to: ben, chat: withBen }, made);
});

test('[ENC369] so does the chat that was opened for whoever has signed up by it', async (t) => {
  const { town, ana, ben, made, link } = await invited(t);
  const { id } = await town.done(ana.client.createDirect('ben'));
  const withBen = await town.done(ana.client.invites.accept(usedLink(link, id)));
  await waitsUntilHonest(town, { by: ana, to: ben, chat: withBen }, made);
});

test('[ENC369] and the chat that is opened only after somebody has signed up by it: it waits for whom the link names', async (t) => {
  const { town, ana, ben, made, link } = await invited(t);
  const { inviter } = readInviteLink(link);
  assert.equal(inviter, ben.account);
  await assert.rejects(town.done(ana.client.invites.accept(usedLink(link, inviter))), { code: 'conversation.denied' });
  const withBen = await town.done(ana.client.createDirect('ben'));
  // Keys of a stranger are asked for when something is for them.
  const first = await town.done(withBen.send('hello'));
  await town.until(() => ana.client.encryption.snapshot.changed.length > 0, 'it is told');
  assert.equal(first.state, 'pending');
  await waitsUntilHonest(town, { by: ana, to: ben, chat: withBen }, made);
});

test('[ENC369] a chat with somebody else that the server opens for a link waits, too', async (t) => {
  const { town, ana, mal, withMal, link } = await invited(t);
  ana.man.answers.delete('POST /v1/invites/inspect');
  opensOther(ana.man, withMal.id);
  assert.equal(await town.done(ana.client.invites.accept(link)), withMal);
  assert.deepEqual(ana.client.encryption.snapshot.changed, [{ account: mal.account, what: 'left_out' }]);
});

test('[ENC369] a secret of the server’s that could be read as a key makes no link', async (t) => {
  const town = await Town.open(t);
  const ben = await town.join('ben');
  for (const change of sayingSecrets) {
    givesSecret(ben.man, change);
    await assert.rejects(town.done(ben.client.invites.create()), { code: 'client.unexpected' });
  }
});

for (const [what, key] of Object.entries(badKeys))
  test(`[ENC179] a key ${what} opens no session; what could not be read is read when the server is honest`, async (t) => {
    const town = await Town.open(t);
    const [ana, ben] = [await town.join('ana'), await town.join('ben')];
    const claims = spoilsKeys(ana.man, () => key);
    const withBen = await town.done(ana.client.createDirect('ben'));
    await town.done((await withBen.send('one')).reached('sent'));
    assertSealed(ana, withBen);
    assert.ok(claims.count > 0);
    const withAna = await there(town, ben, withBen);
    await reads(town, withAna, '(no_key)');
    ana.man.honest();
    await reads(town, withAna, 'one');
    await town.done(withAna.accept());
    await say(town, withBen, 'two');
    await reads(town, withAna, 'two');
  });

test('[ENC180] what is sent to a device may be kept back, turned around and repeated: it opens when it comes, once', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  const heard: string[] = [];
  ben.client.onMessage(({ text }) => heard.push(text));
  const kept = keepsItems(ben.man);
  // More than one session.
  for (let n = 0; n < 60; n++) await town.done((await withBen.send(`number ${n}`)).reached('sent'));
  await reads(town, withAna, '(no_key)');
  assert.ok(kept.length > 0);
  ben.man.honest();
  turnsItems(ben.man, kept);
  await reads(town, withAna, 'number 59');
  await town.until(() => heard.length >= 60, 'all of it');
  await town.pass(1_000);
  assert.deepEqual([new Set(heard).size, heard.length], [60, 60]);
});
