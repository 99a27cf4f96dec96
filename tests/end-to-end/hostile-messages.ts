// Messages that are not what was said there, told to a page: the lies of tests/encryption/hostile.test.ts.
import assert from 'node:assert/strict';
import type { ConversationId, Envelope } from '@parley/protocol';
import type { ChromiumPlace } from './chromium-place.ts';
import { type Friend, friend } from './hostile-friend.ts';
import { meet, talks, victim } from './hostile-people.ts';

/** Another name, the same again, elsewhere, unsealed: nothing of it is shown as said, nor after a reload. */
export async function lieOfMessages(place: ChromiumPlace): Promise<void> {
  const mal = await victim(place, 'said.mal');
  const [ana, ben] = [await friend(place, 'said.ana'), await friend(place, 'said.ben')];
  const { device, man } = mal;
  const group = await ana.device.group('Garden', [ben.account, mal.account]);
  for (const one of [ana, ben, mal]) await one.device.counts(group, 3);
  await talks(group, ben.device, device, 'hello all');
  const direct = await meet(ana.device, device, 'said.mal');
  await talks(group, ana.device, device, 'pay the bill');
  const last = (of: Friend, chat: ConversationId) =>
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
