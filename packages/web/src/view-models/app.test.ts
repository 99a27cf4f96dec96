// The whole app without a screen: what the address says, what opens, and how it ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { ChatError, type Client, type Entrance } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { createApp } from './app.ts';
import { arrive, HandHost, openPage } from './page-fixture.ts';

const entrance = {
  server: async () => ({ signup: 'invite', setup_needed: false }),
  inspectInvite: async () => ({ kind: 'account', inviter: { name: 'Ben' }, title: '', signup: true }),
} as unknown as Entrance;
const platform = (connect: () => Promise<Client>) => ({ entrance, connect });

test('[WEB14] an address opens its chat and its pane, and going back closes them again', async () => {
  const { stage, desk, chat } = await openPage(3);
  const host = new HandHost(stage.clock, `/c/${chat}/info`);
  const app = createApp(
    platform(async () => stage.client),
    host,
  );
  await arrive(desk, stage);
  const open = () => (app.snapshot.screen === 'chats' ? app.snapshot : assert.fail(app.snapshot.screen));
  assert.equal(open().open?.conversation.id, chat);
  assert.equal(open().infoOpen, true);
  app.toggleInfo();
  assert.equal(host.place().path, `/c/${chat}`);
  app.leave();
  assert.equal(open().open, null);
  assert.equal(host.place().path, '/');
  app.show(chat);
  assert.equal(host.depth, 2);
  app.toggleInfo();
  assert.equal(host.depth, 3);
  host.back();
  assert.equal(open().infoOpen, false);
  host.back();
  assert.equal(open().open, null);
  app.show('c_unknownunknownunknown00' as typeof chat);
  assert.equal(open().open, null, 'a chat that is not there does not open');
  await stage.close();
});

test('[WEB170] the address of a chat that is not there says so and leads to the list', async () => {
  for (const path of ['/c/unknown', '/c/c_unknownunknownunknown00', '/']) {
    const { stage, desk } = await openPage(1);
    const host = new HandHost(stage.clock, path);
    const app = createApp(
      platform(async () => stage.client),
      host,
    );
    await arrive(desk, stage);
    const { chats, open } = app.snapshot.screen === 'chats' ? app.snapshot : assert.fail(app.snapshot.screen);
    const said = path === '/' ? null : 'This chat is not there, or not for you.';
    assert.deepEqual([chats.sheets.snapshot.error, open, host.place().path], [said, null, '/']);
    await stage.close();
  }
});

test('[WEB14] the pane stays beside the next chat only where there is room for it', async () => {
  const { stage, desk, host, chat } = await openPage(3);
  const app = createApp(
    platform(async () => stage.client),
    host,
  );
  await arrive(desk, stage);
  const { notes } = stage.client.me.snapshot;
  desk.open(notes, { peer: stage.client.me.snapshot.account });
  stage.socket.dropped();
  await stage.upAgain(desk.list());
  await arrive(desk, stage);
  const infoOpen = () => app.snapshot.screen === 'chats' && app.snapshot.infoOpen;
  app.show(chat);
  app.toggleInfo();
  app.show(notes);
  assert.equal(infoOpen(), false);
  host.wideEnough = true;
  app.toggleInfo();
  app.show(chat);
  assert.equal(infoOpen(), true);
  await stage.close();
});

test('[WEB14] a session that was ended from elsewhere ends the page in words, and leads to signing in', async () => {
  const { stage, desk, host, chat } = await openPage(3);
  const app = createApp(
    platform(async () => stage.client),
    host,
  );
  await arrive(desk, stage);
  app.show(chat);
  stage.socket.dropped(4401);
  await settle();
  assert.equal(app.snapshot.screen, 'ended');
  assert.match(app.snapshot.screen === 'ended' ? app.snapshot.text : '', /signed out/);
  stage.http.on('DELETE /v1/sessions/current', null, 204);
  const signingIn = app.signInAgain();
  await stage.clock.advance(10_000);
  await signingIn;
  await settle();
  assert.equal(app.snapshot.screen, 'entry');
  assert.equal(host.place().path, '/');
});

test('[WEB14] without storage or network at the first start there is a sentence and the way to try again', async () => {
  const { stage, host } = await openPage(1);
  let fails = true;
  const app = createApp(
    platform(async () => {
      if (fails) throw new ChatError('client.storage');
      return stage.client;
    }),
    host,
  );
  await settle();
  assert.equal(app.snapshot.screen, 'failed');
  fails = false;
  app.retry();
  await settle();
  assert.equal(app.snapshot.screen, 'chats');
  await stage.close();
});

test('[WEB8] a link is not used by opening it, for somebody who is signed in either', async () => {
  const { stage } = await openPage(1);
  const host = new HandHost(stage.clock, '/i#a-secret-a-secret-a-secret');
  const app = createApp(
    platform(async () => stage.client),
    host,
  );
  await settle();
  assert.equal(app.snapshot.screen, 'entry');
  assert.equal(app.snapshot.screen === 'entry' && app.snapshot.entry.snapshot.mode, 'accept');
  assert.equal(stage.http.asked.filter(({ method }) => method === 'POST').length, 0);
  if (app.snapshot.screen === 'entry') app.snapshot.entry.dismiss();
  assert.equal(app.snapshot.screen, 'chats');
  assert.deepEqual(host.place(), { path: '/', fragment: '' });
  await stage.close();
});

/** Somebody signs up on the page of a link of a group, and this becomes of coming into it. */
async function signsUp(outcome: (chat: ConversationId) => unknown) {
  const { stage, desk, chat } = await openPage(1);
  const host = new HandHost(stage.clock, `/i#${link}`);
  const tried: string[] = [];
  const accept = async (secret: string) => {
    tried.push(secret);
    return outcome(chat);
  };
  const client = Object.assign(stage.client, { invites: { accept } });
  const session = { me: stage.client.me.snapshot, token: null, conversation: null, invite: link };
  const asked = { ...entrance, signUp: async () => session } as unknown as Entrance;
  let known = false;
  const connect = async () => {
    if (!known) throw new ChatError('auth.required');
    return client;
  };
  const app = createApp({ entrance: asked, connect }, host);
  await settle();
  known = true;
  const entry = app.snapshot.screen === 'entry' ? app.snapshot.entry : assert.fail(app.snapshot.screen);
  entry.write({ name: 'Ana', password: 'correct horse' });
  await entry.submit();
  await arrive(desk, stage);
  await settle();
  const view = app.snapshot.screen === 'chats' ? app.snapshot : assert.fail(app.snapshot.screen);
  return { stage, host, view, tried, chat };
}

const link = `c_${'g'.repeat(22)}.g.${'s'.repeat(43)}`;

test('[WEB52] whoever signs up with the link of a group comes into it, and its chat opens', async () => {
  const { stage, host, view, tried, chat } = await signsUp((id) => ({ id }));
  assert.deepEqual(tried, [link]);
  assert.equal(view.open?.conversation.id, chat);
  assert.deepEqual(host.place(), { path: `/c/${chat}`, fragment: '' });
  await stage.close();
});

test('[WEB52] where that does not go, it is said, and the link is still at hand', async () => {
  const { stage, host, view, tried } = await signsUp(() => {
    throw new ChatError('invite.invalid');
  });
  assert.deepEqual(tried, [link]);
  assert.match(view.chats.sheets.snapshot.error ?? '', /^This invitation is not valid/);
  assert.deepEqual(host.place(), { path: '/i', fragment: link });
  await stage.close();
});
