// What a new device on a page finds is not what was kept: the lies of tests/encryption/hostile-recovery.test.ts.
import assert from 'node:assert/strict';
import {
  altered,
  alterItems,
  alterOthers,
  alterRows,
  nonsenseRows,
  refusedItems,
} from '../encryption/recovery-liar.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { friend } from './hostile-friend.ts';
import { meet, talks, victim } from './hostile-people.ts';

/** Ana and Ben have talked; she signs in on a page, with her recovery key alone. */
export async function lieOfBackups(place: ChromiumPlace): Promise<void> {
  const [ana, ben] = [await friend(place, 'lost.ana'), await friend(place, 'lost.ben')];
  const chat = await meet(ana.device, ben.device, 'lost.ben');
  await talks(chat, ana.device, ben.device, 'of Ana');
  await talks(chat, ben.device, ana.device, 'of Ben');
  const words = await ana.device.recoveryWords();
  const session = ben.man.records.findLast(({ sender }) => sender === ana.account)?.content?.split('.')[1];
  assert.ok(session !== undefined);
  await ana.client.close();

  const { device, man } = await victim(place, 'lost.ana', 'signIn');
  for (const change of refusedItems) {
    alterItems(man, change);
    await assert.rejects(device.recover(words), /recovery\.wrong/);
    await device.stands('needs_linking');
    await device.ends(chat, ['(no_key)', '(no_key)']);
  }
  alterItems(man, alterOthers);
  for (const [what, change] of Object.entries(nonsenseRows)) {
    const told = alterRows(man, change);
    await device.recover(words);
    assert.ok(told.count >= 2, `${what}: ${told.count} rows`);
    await device.ends(chat, ['(no_key)', '(no_key)']);
  }
  alterRows(man, (row) => (row.session_id === session ? { ...row, value: altered(row.value) } : row));
  await device.recover(words);
  await device.ends(chat, ['(no_key)', 'of Ben']);
  await talks(chat, device, ben.device, 'here again');
  await device.ends(chat, ['(no_key)', 'of Ben', 'here again']);
  man.honest();
  await device.recover(words);
  await device.ends(chat, ['of Ana', 'of Ben', 'here again']);
}
