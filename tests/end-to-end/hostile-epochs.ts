// An epoch of the backup that the server keeps back from a page: the lie of tests/encryption/hostile-recovery.test.ts.
import assert from 'node:assert/strict';
import { epochsKept, keepsEpochBack } from '../encryption/recovery-liar.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { friend } from './hostile-friend.ts';
import { meet, talks, victim } from './hostile-people.ts';
import { password } from './people.ts';

/** Ana has shut a device out, so that a second epoch begins, and signs in on a page. */
export async function lieOfEpochs(place: ChromiumPlace): Promise<void> {
  const [ana, ben] = [await friend(place, 'epoch.ana'), await friend(place, 'epoch.ben')];
  const chat = await meet(ana.device, ben.device, 'epoch.ben');
  await ana.client.encryption.saved();
  const { groups: key } = await ana.client.encryption.shutOut(password);
  await talks(chat, ana.device, ben.device, 'of the second epoch');
  await ana.client.encryption.saved();
  await ana.client.close();

  const { device, man } = await victim(place, 'epoch.ana', 'signIn');
  keepsEpochBack(man);
  const epochs = epochsKept(man);
  await device.recover(key);
  // What Ben said before may have been kept in either epoch.
  await device.hears(chat, 'hello');
  await device.ends(chat, ['(no_key)']);
  await talks(chat, device, ben.device, 'with a new session');
  await talks(chat, ben.device, device, 'and back');
  assert.deepEqual(epochs, [], 'whoever was shut out has the key of the first epoch');
  man.honest();
  await device.recover(key);
  await device.ends(chat, ['hello', 'hi', 'of the second epoch', 'with a new session', 'and back']);
}
