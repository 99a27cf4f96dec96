// Acceptance test 2 in Chromium: a server that lies to a page. A man stands between the page and the real server, and does
// what he does in tests/encryption to clients in Node; nothing is believed, or it is shown, and with an honest server
// everything goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AccountId, AccountKeys, ConversationId, Envelope, RouteResult } from '@parley/protocol';
import { signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { entriesOf, forged, keepsBack, lists, pushes } from '../encryption/list-liar.ts';
import { keepsItems, turnsItems } from '../encryption/queue-liar.ts';
import { altered, alterItem, alterItems, alterRows } from '../encryption/recovery-liar.ts';
import { roomKeysOf, serve, swap, twinOf } from '../encryption/twin.ts';
import { type ChromiumPlace, inChromium, openStage, type Stage } from './chromium-place.ts';
import { meet, talks, type Victim, victim, waits, waitsAndHeals } from './hostile-people.ts';

/** Keys of the server's own. */
const foreign = await signer('mal');
const timeout = 120_000;
/** So many messages use up more than one session. */
const many = 60;
/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let stage: Stage;

before(async () => {
  stage = await openStage(opened);
});
after(() => opened.disposeAsync());

test(
  '[ENC379] acceptance 2: a message under another name, again or elsewhere shows nothing readable',
  { timeout },
  () => inChromium(stage, lieOfMessages),
);

test(
  '[ENC379] acceptance 2: nobody gets a key by a list that is old, or by an entry that no member signed',
  { timeout },
  () => inChromium(stage, lieOfMembers),
);

test(
  '[ENC379] acceptance 2: a device that the server adds gets no key, nor does an identity in the place of a confirmed one',
  { timeout },
  () => inChromium(stage, lieOfKeys),
);

test(
  '[ENC379] acceptance 2: keys of zeros open no session, and room keys that come late, turned around and again open once',
  { timeout },
  () => inChromium(stage, lieOnTheWay),
);

test('[ENC379] acceptance 2: what was altered in a backup or a vault is refused or stays unread', { timeout }, () =>
  inChromium(stage, lieOfBackups),
);

/** Ana and Ben have talked. */
async function pair(place: ChromiumPlace, name: string) {
  const [ana, ben] = [await victim(place, `${name}.ana`), await victim(place, `${name}.ben`)];
  return { ana, ben, chat: await meet(ana.device, ben.device, `${name}.ben`) };
}

/** With Mal they are in a group of Ana's, too. */
async function three(place: ChromiumPlace, name: string) {
  const { ana, ben, chat } = await pair(place, name);
  const mal = await victim(place, `${name}.mal`);
  const group = await ana.device.group('Garden', [ben.account, mal.account]);
  for (const { device } of [ana, ben, mal]) await device.counts(group, 3);
  await talks(group, ben.device, ana.device, 'hello all');
  await mal.device.hears(group, 'hello all');
  return { ana, ben, mal, chat, group };
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

/** What arrives is not what was said there. */
async function lieOfMessages(place: ChromiumPlace): Promise<void> {
  const { ana, ben, mal, group } = await three(place, 'said');
  const { device, man } = mal;
  const direct = await meet(ana.device, device, 'said.mal');
  await talks(group, ana.device, device, 'pay the bill');
  const last = (of: Victim, chat: ConversationId) =>
    man.records.findLast(({ conversation_id, sender }) => conversation_id === chat && sender === of.account) ??
    assert.fail('it came');
  const again = ({ id, content, lamport }: Envelope) => ({ id, content, lamport });
  const { content } = last(ana, group);
  const lies: readonly (readonly [lie: object, row: string])[] = [
    [{ sender: ben.account }, '(altered)'],
    [{ sender: ben.account, device: last(ben, group).device }, '(altered)'],
    [{ device: `d_${'A'.repeat(22)}` }, '(altered)'],
    [{ content }, '(altered)'],
    [again(last(ana, group)), '(altered)'],
    [again(last(ana, direct)), '(no_key)'],
    [{ content: 'send money', format: 'text' }, '(altered)'],
  ];
  const told = await device.told(0);
  const rows = ['pay the bill'];
  for (const [lie, row] of lies) {
    man.alterNext((record) => ({ ...record, ...lie }));
    await ana.device.say(group, ['something else']);
    rows.push(row);
    await device.ends(group, rows);
  }
  await talks(group, ana.device, device, 'and now?');
  rows.push('and now?');
  assert.deepEqual(await device.told(told.length + 1), [...told, 'and now?']);
  await (await mal.again()).ends(group, rows);
}

/** Who is in a group is not who is in it. */
async function lieOfMembers(place: ChromiumPlace): Promise<void> {
  const { ana, ben, mal, chat, group } = await three(place, 'list');
  const named = { id: group };
  keepsBack(ben, named, (await entriesOf(ana, named)).length);
  await ana.device.remove(group, mal.account);
  await mal.device.belongs(group, false);
  // Nothing tells Ben, until somebody says something who knows of it: that is in the threat model.
  await talks(group, ana.device, ben.device, 'only we two');
  await ben.device.faults(group, 'different');
  await waitsAndHeals(ben, { group, elsewhere: chat, ghost: mal, reader: ana }, 'between us');
  assert.ok(!(await ben.device.members(group)).includes(mal.account));

  for (const [by, shown] of [
    [null, 'unsigned'],
    [foreign, 'different'],
  ] as const) {
    const change = { action: 'add', subject: mal.account, role: 'member' } as const;
    const entries = await entriesOf(ana, named);
    const ghost = await forged(entries, { actor: ana.account, conversation: group, ...change }, by);
    lists(ana, named, (honest) => [...honest, ghost]);
    pushes(ana, named, change, ghost);
    await ana.device.faults(group, shown);
    await waitsAndHeals(ana, { group, elsewhere: chat, ghost: mal, reader: ben }, `who is here, if it is ${shown}?`);
    assert.ok(!(await ana.device.members(group)).includes(mal.account));
  }
  assert.deepEqual(
    (await mal.device.told(0)).filter((text) => text !== 'hello all'),
    [],
  );
}

/** Whose keys are told are not theirs. */
async function lieOfKeys(place: ChromiumPlace): Promise<void> {
  const { ana, ben, chat } = await pair(place, 'keys');
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

  const [state, digits] = await ben.device.identity(ana.account);
  assert.equal(state, 'known');
  const other = await twinOf(ana);
  serve(ben, other);
  await gets(ben, ana.account, () => other.keys);
  assert.deepEqual(await ben.device.changed(1), [{ account: ana.account, what: 'changed' }]);
  const [stateNow, digitsNow] = await ben.device.identity(ana.account);
  assert.equal(stateNow, 'changed');
  assert.notEqual(digitsNow, digits);
  ben.man.honest();
  await gets(ben, ana.account, (item) => item);
  await talks(chat, ben.device, ana.device, 'and now?');
}

/** Nobody, or somebody late, gets the keys of messages. */
async function lieOnTheWay(place: ChromiumPlace): Promise<void> {
  const [ana, ben] = [await victim(place, 'zero.ana'), await victim(place, 'zero.ben')];
  let claims = 0;
  ana.man.alter('POST /v1/keys/claim', ({ items }: RouteResult<'claimKeys'>) => {
    claims += items.length;
    return { items: items.map((item) => ({ ...item, key: { ...item.key, key: 'A'.repeat(43) } })) };
  });
  const sealed: string[] = [];
  ana.man.answers.set('POST /v1/to-device', (request, honest) => {
    const { event_type } = request.body as { readonly event_type: string };
    if (event_type === 'm.room.encrypted') sealed.push(JSON.stringify(request.body));
    return honest(request);
  });
  const chat = await ana.device.direct('zero.ben');
  await ana.device.say(chat, ['by zeros']);
  await ben.device.ends(chat, ['(no_key)']);
  assert.ok(claims > 0);
  assert.ok(!sealed.some((body) => body.includes(ben.account)), 'there is no session');
  ana.man.honest();
  await ben.device.accept(chat);
  await talks(chat, await ana.again(), ben.device, 'and now?');

  const kept = keepsItems(ben.man);
  // A session ends on the way, and no key of the next one comes.
  const texts = Array.from({ length: many }, (_, n) => `number ${n}`);
  const before = (await ben.device.told(0)).length;
  const seqs = await ana.device.say(chat, texts);
  await ben.device.ends(chat, Array<string>(10).fill('(no_key)'));
  ben.man.honest();
  assert.ok(kept.length > 0);
  turnsItems(ben.man, kept);
  await ben.device.lines(chat, seqs);
  await talks(chat, ana.device, ben.device, 'once?');
  const told = (await ben.device.told(before + many + 1)).filter((text) => text.startsWith('number'));
  assert.deepEqual([new Set(told).size, told.length], [many, many]);
}

/** What a new device finds is not what was kept. */
async function lieOfBackups(place: ChromiumPlace): Promise<void> {
  const { ana, ben, chat } = await pair(place, 'lost');
  await talks(chat, ana.device, ben.device, 'of Ana');
  await talks(chat, ben.device, ana.device, 'of Ben');
  const words = await ana.device.recoveryWords();
  const session = ben.man.records.findLast(({ sender }) => sender === ana.account)?.content?.split('.')[1];
  assert.ok(session !== undefined);
  await ana.device.close();

  const { device, man } = await victim(place, 'lost.ana', 'signIn');
  alterRows(man, (row) => (row.session_id === session ? { ...row, value: altered(row.value) } : row));
  for (const item of ['recovery', 'identity']) {
    alterItems(man, alterItem(item, altered));
    await assert.rejects(device.recover(words), /recovery\.wrong/);
    await device.stands('needs_linking');
    await device.ends(chat, ['(no_key)', '(no_key)']);
  }
  man.answers.delete('GET /v1/vault');
  await device.recover(words);
  await device.ends(chat, ['(no_key)', 'of Ben']);
  await talks(chat, device, ben.device, 'here again');
  await device.ends(chat, ['(no_key)', 'of Ben', 'here again']);
  man.honest();
  await device.recover(words);
  await device.ends(chat, ['of Ana', 'of Ben', 'here again']);
}
