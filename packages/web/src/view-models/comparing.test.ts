// Comparing pictures without a screen: asking, being asked, saying yes, and ending it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client, ComparisonView, DeviceView } from '@parley/sdk';
import { settle } from '../../../sdk/src/fixture.ts';
import { createComparing } from './comparing.ts';
import { HandEncryption } from './encryption-fixture.ts';

const device = (name: string, current = false) => ({ device: name, name, current }) as DeviceView;
const at = (state: ComparisonView['state'], flow = 'f1'): ComparisonView => ({ flow, device: 'old', state, emoji: [] });

function open() {
  const encryption = new HandEncryption();
  encryption.linked.add('old');
  const devices = { list: async () => [device('here', true), device('old'), device('locked')] };
  return { encryption, comparing: createComparing({ encryption: encryption.view, devices } as unknown as Client) };
}

test('[WEB47] a new device asks one that can read chats, and both say that the pictures are the same', async () => {
  const { encryption, comparing } = open();
  comparing.look();
  await settle();
  assert.deepEqual(
    comparing.snapshot.others?.map(({ name }) => name),
    ['old'],
    'neither itself nor one that is locked, too',
  );
  await comparing.ask(device('old'));
  assert.equal(comparing.snapshot.comparison?.state, 'waiting');
  encryption.update({ comparison: at('compare') });
  await comparing.end(true);
  assert.equal(comparing.snapshot.said, true);
  encryption.update({ comparison: at('waiting') });
  assert.equal(comparing.snapshot.said, true);
  encryption.update({ comparison: { ...at('done'), device: null } });
  const { state, device: other } = comparing.snapshot.comparison ?? {};
  assert.deepEqual([state, other], ['done', 'old'], 'whose pictures these were is not forgotten');
  comparing.forget();
  assert.equal(comparing.snapshot.comparison, null);
  assert.deepEqual(
    encryption.done.filter((deed) => deed !== 'devices'),
    ['compare old', 'endComparison f1 true'],
  );
});

test('[WEB47] whoever is asked joins, or ends it; leaving it ends it for both', async () => {
  const { encryption, comparing } = open();
  encryption.update({ comparison: at('asked') });
  await settle();
  assert.equal(comparing.snapshot.names.get('old'), 'old');
  await comparing.join('secret');
  encryption.update({ comparison: at('compare') });
  comparing.forget();
  await settle();
  assert.equal(comparing.snapshot.comparison, null);
  assert.deepEqual(encryption.done.slice(-2), ['joinComparison f1 secret', 'endComparison f1 false']);
  encryption.update({ comparison: at('cancelled') });
  assert.equal(comparing.snapshot.comparison, null, 'what was ended here is no news');
});

test('[WEB47] one comparison does not take the place of another that is on screen', async () => {
  const { encryption, comparing } = open();
  await comparing.ask(device('old'));
  encryption.update({ comparison: at('asked', 'f2') });
  assert.equal(comparing.snapshot.comparison?.flow, 'f1');
  encryption.update({ comparison: at('cancelled') });
  assert.equal(comparing.snapshot.comparison?.state, 'cancelled');
  encryption.update({ comparison: at('asked', 'f2') });
  assert.equal(comparing.snapshot.comparison?.flow, 'f2');
  encryption.refusals.set('joinComparison', 'client.unreachable');
  await comparing.join('secret');
  assert.equal(comparing.snapshot.error, 'The server cannot be reached. Try again.');
});
