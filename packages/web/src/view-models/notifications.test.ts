// Notifications over a real client whose server is the test, and a browser that is driven by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation as WireConversation } from '@parley/protocol';
import { ben, changes, chat, group, type WireChanges, wire } from '../../../sdk/src/client-fixture.ts';
import { rfc3339 } from '../../../sdk/src/time.ts';
import { createChatList } from './chat-list.ts';
import { createNotifications } from './notifications.ts';
import { arrive, openPage } from './page-fixture.ts';

async function page() {
  const { desk, stage, host } = await openPage(0);
  const opened: string[] = [];
  const notifications = createNotifications(stage.client, host, (id) => opened.push(id));
  host.seen = false;
  const hear = async () => {
    await stage.push(desk.say(chat));
    await arrive(desk, stage);
    await stage.clock.advance(300);
    await arrive(desk, stage);
  };
  const end = async () => {
    notifications.close();
    await stage.close();
  };
  return { desk, stage, host, opened, notifications, hear, end };
}

test('[WEB20] one notification for each chat says the newest, while nobody looks, and opens the chat', async () => {
  const { host, opened, notifications, hear, end } = await page();
  await hear();
  assert.equal(host.noticesShown.size, 0, 'nobody switched them on');
  await notifications.switchOn(true);
  assert.equal(notifications.snapshot.state, 'on');
  await hear();
  await hear();
  assert.deepEqual([...host.noticesShown.keys()], [chat]);
  assert.match(host.noticesShown.get(chat)?.body ?? '', /text 3/);
  host.noticesShown.get(chat)?.press();
  assert.deepEqual(opened, [chat]);
  host.noticesShown.clear();
  host.seen = true;
  await hear();
  assert.equal(host.noticesShown.size, 0, 'somebody looks');
  await end();
});

test('[WEB20] what is muted or put away tells nothing, and the text is left out when that is wanted', async () => {
  const { desk, stage, host, notifications, hear, end } = await page();
  await notifications.switchOn(true);
  notifications.hideText(true);
  await hear();
  assert.equal(host.noticesShown.get(chat)?.body, 'New message');
  host.noticesShown.clear();
  await stage.conversation().mute(stage.clock.now() + 1_000_000);
  await arrive(desk, stage);
  await hear();
  assert.equal(host.noticesShown.size, 0, 'muted');
  await stage.conversation().mute(null);
  await stage.conversation().archive(true);
  await arrive(desk, stage);
  await hear();
  assert.equal(host.noticesShown.size, 0, 'put away');
  await end();
});

test('[WEB20] what was read elsewhere is taken back, and an edit or a reaction is no news', async () => {
  const { desk, stage, host, notifications, hear, end } = await page();
  await notifications.switchOn(true);
  await hear();
  assert.equal(host.noticesShown.size, 1);
  await stage.conversation().markRead(1);
  await arrive(desk, stage);
  assert.equal(host.noticesShown.size, 0);
  await stage.push(
    desk.say(chat, { kind: 'quiet', content: JSON.stringify({ type: 'reaction', target: 1, emoji: '👍' }) }),
  );
  await arrive(desk, stage);
  await stage.clock.advance(300);
  assert.equal(host.noticesShown.size, 0);
  await end();
});

test('[WEB21] nobody is asked before they press, and offered once, after the third message', async () => {
  const { host, notifications, hear, end } = await page();
  await hear();
  await hear();
  assert.equal(notifications.snapshot.offered, false);
  await hear();
  assert.equal(notifications.snapshot.offered, true);
  assert.equal(host.asked, 0);
  notifications.dismissOffer();
  assert.equal(notifications.snapshot.offered, false);
  await hear();
  assert.equal(notifications.snapshot.offered, false);
  assert.equal(host.asked, 0);
  host.willAnswer = 'denied';
  await notifications.switchOn(true);
  assert.equal(host.asked, 1);
  assert.equal(notifications.snapshot.state, 'blocked');
  await notifications.switchOn(true);
  assert.equal(host.asked, 1, 'a browser that said no is not asked again');
  await end();
});

test('[WEB49] an invitation is told once while nobody looks, opens its card, and goes when it was answered', async () => {
  const { desk, stage, host, opened, notifications, end } = await page();
  const list = createChatList(stage.client, host);
  await notifications.switchOn(true);
  await stage.push(changes([invitation({})], { since: 's2' }));
  await arrive(desk, stage);
  await stage.clock.advance(300);
  await arrive(desk, stage);
  assert.deepEqual([...host.noticesShown.keys()], [group]);
  assert.match(host.noticesShown.get(group)?.body ?? '', /^Invites you to a group · 12 people$/);
  assert.equal(host.unread, 1, 'it counts on the title');
  host.noticesShown.get(group)?.press();
  assert.deepEqual(opened, [group]);
  host.noticesShown.clear();
  await stage.push(changes([invitation({ member_count: 13 })], { since: 's3' }));
  await stage.clock.advance(300);
  await arrive(desk, stage);
  assert.equal(host.noticesShown.size, 0, 'it is no news any more');
  await stage.push(changes([invitation({ membership: 'ended' })], { since: 's4' }));
  await stage.clock.advance(300);
  await arrive(desk, stage);
  assert.equal(host.unread, 0);
  list.close();
  await end();
});

test('[WEB49] an invitation that ends while it stands is taken back, and nothing is told while somebody looks', async () => {
  const { desk, stage, host, notifications, end } = await page();
  await notifications.switchOn(true);
  const tell = async (more: WireChanges, since: string) => {
    await stage.push(changes([invitation(more)], { since }));
    await arrive(desk, stage);
    await stage.clock.advance(300);
    await arrive(desk, stage);
  };
  await tell({}, 's2');
  assert.equal(host.noticesShown.size, 1);
  await tell({ membership: 'ended' }, 's3');
  assert.equal(host.noticesShown.size, 0);
  host.seen = true;
  await tell({}, 's4');
  assert.equal(host.noticesShown.size, 0);
  await end();
});

function invitation(more: WireChanges): WireConversation {
  const { role: _, peer: _peer, ...rest } = wire(group, { kind: 'group', contact: false, member_count: 12 });
  return {
    ...rest,
    joined_seq: 0,
    membership: 'invited',
    invited_by: ben,
    asked_at: rfc3339(Date.UTC(2026, 10, 25, 8)),
    expires_at: rfc3339(Date.UTC(2027, 0, 25, 8)),
    ...more,
  };
}
