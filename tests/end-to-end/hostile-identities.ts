// Whose keys are told are not theirs, on a page: those of a chat, and those of whoever invites by a link. The lies of
// tests/encryption/hostile-keys.test.ts.
import assert from 'node:assert/strict';
import type { Account, AccountId, AccountKeys, ConversationId } from '@parley/protocol';
import { givesSecret, namesInviter, opensOther, sayingSecrets } from '../encryption/link-liar.ts';
import { roomKeysOf, serve, swap, twinOf } from '../encryption/twin.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { meet, talks, type Victim, victim, waits } from './hostile-people.ts';

/** An added device, a swapped identity, confirmed or not, and invitations, in one life of a page. */
export async function lieOfKeys(place: ChromiumPlace): Promise<void> {
  const ana = await victim(place, 'keys.ana');
  const [ben, cleo] = [await friend(place, 'keys.ben'), await friend(place, 'keys.cleo')];
  await confirmed(ana, ben);
  const withCleo = await unconfirmed(ana, cleo);
  await invited(ana, await friend(place, 'keys.dia'), { said: ben, opened: withCleo, other: cleo });
}

/** Resolves when this one is told other keys of somebody. */
function gets(one: Victim, account: AccountId, change: (item: AccountKeys) => AccountKeys): Promise<void> {
  return new Promise((resolve) =>
    swap(one, account, (item) => {
      resolve();
      return change(item);
    }),
  );
}

async function confirmed(ana: Victim, ben: Friend): Promise<void> {
  const chat = await meet(ana.device, ben.device, 'keys.ben');
  const twin = await twinOf(ben);
  serve(ana, twin);
  await gets(ana, ben.account, (item) => ({ ...item, devices: [...item.devices, ...twin.keys.devices] }));
  await talks(chat, ana.device, ben.device, 'for you only');
  assert.deepEqual(roomKeysOf(twin), []);
  assert.deepEqual(await ana.device.changed(0), []);

  await ana.device.confirm(ben.account);
  await gets(ana, ben.account, () => twin.keys);
  assert.deepEqual(await ana.device.changed(1), [{ account: ben.account, what: 'left_out' }]);
  await waits(ana, 'for Ben', { chat, other: await ana.device.direct('keys.ana') });
  ana.man.honest();
  await gets(ana, ben.account, (item) => item);
  await ben.device.ends(chat, ['for Ben']);
  assert.deepEqual(roomKeysOf(twin), []);
  await ana.device.changed(0);
}

async function unconfirmed(ana: Victim, cleo: Friend): Promise<ConversationId> {
  const chat = await meet(ana.device, cleo.device, 'keys.cleo');
  const [state, digits] = await ana.device.identity(cleo.account);
  assert.equal(state, 'known');
  const twin = await twinOf(cleo);
  serve(ana, twin);
  await gets(ana, cleo.account, () => twin.keys);
  assert.deepEqual(await ana.device.changed(1), [{ account: cleo.account, what: 'changed' }]);
  const [stateNow, digitsNow] = await ana.device.identity(cleo.account);
  assert.equal(stateNow, 'changed');
  assert.notEqual(digitsNow, digits);
  ana.man.honest();
  await gets(ana, cleo.account, (item) => item);
  await talks(chat, ana.device, cleo.device, 'and now?');
  await ana.device.changed(0);
  return chat;
}

/** The link is Dia's: the server says that it is of somebody else, and has other keys for her; then it opens another chat. */
async function invited(
  ana: Victim,
  dia: Friend,
  lie: { readonly said: Friend; readonly opened: ConversationId; readonly other: Friend },
): Promise<void> {
  const { link } = await dia.client.invites.create();
  assert.ok(link);
  const { body } = await lie.said.ask({ method: 'GET', path: `/v1/accounts/${lie.said.account}` });
  namesInviter(ana.man, body as Account);
  const twin = await twinOf(dia);
  serve(ana, twin);
  swap(ana, dia.account, () => twin.keys);
  const chat = await ana.device.comes(link);
  assert.deepEqual(await ana.device.changed(1), [{ account: dia.account, what: 'left_out' }]);
  await waits(ana, 'for Dia', { chat, other: await ana.device.direct('keys.ana') });
  ana.man.honest();
  await gets(ana, dia.account, (item) => item);
  await dia.device.ends(chat, ['for Dia']);
  assert.deepEqual(roomKeysOf(twin), []);
  await ana.device.changed(0);
  opensOther(ana.man, lie.opened);
  assert.equal(await ana.device.comes(link), lie.opened);
  assert.deepEqual(await ana.device.changed(1), [{ account: lie.other.account, what: 'left_out' }]);
  await linksOf(ana);
}

/** No link of Ana's names a key of the server's. */
async function linksOf(ana: Victim): Promise<void> {
  for (const change of sayingSecrets) {
    givesSecret(ana.man, change);
    await assert.rejects(ana.device.invites(), /client\.unexpected/);
  }
  ana.man.honest();
  assert.match(await ana.device.invites(), /#[\w-]{43}~[\w-]{43}~a_[\w-]{22}$/);
}
