// How people and chats are called, over a real client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberAction } from '@parley/protocol';
import type { ChangeView } from '@parley/sdk';
import fc from 'fast-check';
import { ben } from '../../../sdk/src/client-fixture.ts';
import { messageView } from './message-fixture.ts';
import {
  firstNameOf,
  hueOf,
  hues,
  initialsOf,
  listOf,
  nameOf,
  subtitleOf,
  systemText,
  timerText,
  titleOf,
} from './names.ts';
import { arrive, openPage } from './page-fixture.ts';

test('[WEB14] initials are the first letters of the first and the last word, in any script', () => {
  assert.equal(initialsOf('Ana Maria Lind'), 'AL');
  assert.equal(initialsOf('ana'), 'A');
  assert.equal(initialsOf('  "Ólafur" 2nd '), 'Ó2');
  assert.equal(initialsOf('🙂'), '?');
  assert.equal(initialsOf(''), '?');
});

test('[WEB14] an id has one of the hues, and always the same', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 30 }), (id) => {
      assert.ok((hues as readonly number[]).includes(hueOf(id)));
      assert.equal(hueOf(id), hueOf(id));
    }),
  );
  const used = new Set(Array.from({ length: 200 }, (_, n) => hueOf(`a_${n}`)));
  assert.equal(used.size, hues.length, 'all of them are used');
});

test('[WEB14] the line under a title says who types, else presence, else how many', async () => {
  const { stage, desk } = await openPage(1);
  const chat = stage.conversation();
  const line = () => subtitleOf(stage.client, chat.snapshot, stage.clock.now());
  assert.deepEqual(line(), { text: '', lively: false });
  stage.client.presence.watch([ben], [chat.id]);
  await stage.push({ type: 'presence', account: ben, state: 'recently' });
  assert.equal(line().text, 'last seen recently');
  await stage.push({ type: 'presence', account: ben, state: 'online' });
  assert.equal(line().text, 'online');
  await stage.push({ type: 'typing', conversation_id: chat.id, sender: ben });
  assert.deepEqual(line(), { text: 'typing…', lively: true });
  await stage.clock.advance(4_000);
  assert.equal(line().text, 'online');
  await arrive(desk, stage);
  const group = { ...chat.snapshot, kind: 'group', memberCount: 4, typing: [] } as const;
  assert.equal(subtitleOf(stage.client, group, 0).text, '4 members');
  assert.equal(subtitleOf(stage.client, { ...group, membership: 'left' }, 0).text, '');
  assert.equal(titleOf({ ...chat.snapshot, notes: true }), 'Notes to self');
  assert.equal(titleOf({ ...chat.snapshot, title: '' }), 'Unknown');
  await stage.close();
});

test('[ENC270] a group is called after whose link one came into it with, until its title comes', async () => {
  const { stage } = await openPage(1);
  const untitled = {
    ...stage.conversation().snapshot,
    kind: 'group',
    title: 'Lin, Noor',
    namedAfter: 'Noor Ali',
  } as const;
  assert.equal(titleOf({ ...untitled, joinedWith: 'Lin Sun' }), "Group you joined with Lin's link");
  assert.equal(titleOf(untitled), 'Group of Noor and others');
  await stage.close();
});

test('[WEB14] a system line says who did what to whom', async () => {
  const { stage } = await openPage(1);
  const { client } = stage;
  const own = client.me.snapshot.account;
  assert.equal(nameOf(client, own), 'You');
  assert.equal(firstNameOf(client, ben), nameOf(client, ben).split(' ')[0]);
  const said = (fields: Parameters<typeof messageView>[0]) =>
    systemText(client, messageView({ sender: own, ...fields }));
  const change = { actor: own, subject: own, role: null, title: null, invited: [] } as const;
  assert.equal(said({ type: 'timer', timerSeconds: 86_400 }), 'You set messages to disappear after 1 day.');
  assert.equal(said({ type: 'timer', timerSeconds: 0 }), 'You switched disappearing messages off.');
  assert.equal(said({ type: 'change', change: { ...change, action: 'leave' } }), 'You left.');
  assert.equal(
    said({ type: 'change', change: { ...change, action: 'title', title: 'X' } }),
    'You named the group “X”.',
  );
  assert.equal(said({ type: 'change', change: { ...change, action: 'settings' } }), 'You changed the settings.');
  assert.equal(timerText(90), '2 minutes');
  const byBen = (fields: Partial<ChangeView>) =>
    said({ sender: ben, type: 'change', change: { ...change, actor: ben, action: 'remove', ...fields } });
  const name = nameOf(client, ben);
  assert.equal(byBen({}), `${name} removed you.`);
  assert.equal(byBen({ action: 'role', role: 'admin' }), `${name} made you an admin.`);
  assert.equal(byBen({ action: 'create', subject: null, invited: [own] }), `${name} started the chat and invited you.`);
  await stage.close();
});

test('[WEB32] a system line says who was asked, who asks, and who was invited with the founding', async () => {
  const { stage } = await openPage(1);
  const { client } = stage;
  const own = client.me.snapshot.account;
  const said = (action: MemberAction, change: Partial<ChangeView> = {}, sender = own) =>
    systemText(
      client,
      messageView({
        sender,
        type: 'change',
        change: { action, actor: sender, subject: ben, role: null, title: null, invited: [], ...change },
      }),
    );
  const name = nameOf(client, ben);
  assert.equal(said('create', { invited: [ben] }), `You started the chat and invited ${name}.`);
  assert.equal(said('create'), 'You started the chat.');
  assert.equal(said('ask'), `You invited ${name}.`);
  assert.equal(said('withdraw'), `You took back the invitation of ${name}.`);
  assert.equal(said('refuse'), `You did not let ${name} in.`);
  assert.equal(said('knock', {}, ben), `${name} asks to be let in.`);
  assert.equal(said('knock'), 'You asked to be let in.');
  assert.equal(said('decline', {}, ben), `${name} did not come in.`);
  assert.equal(said('join', {}, ben), `${name} joined.`);
  assert.equal(said('invite'), 'You made an invite link.');
  assert.equal(listOf(['Ana', 'Ben', 'Cleo']), 'Ana, Ben, and Cleo');
  await stage.close();
});
