import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId } from './ids.ts';
import * as limits from './limits.ts';
import * as settings from './settings.ts';

const account = `a_${'A'.repeat(22)}` as AccountId;
const conversation = `c_${'B'.repeat(22)}` as ConversationId;

test('[PRT9] every key that a client builds is taken, and nothing that is not one', () => {
  const built = [
    settings.presenceKey,
    settings.readReceiptsKey,
    settings.addKey,
    settings.blockKey(account),
    settings.muteKey(conversation),
    settings.archiveKey(conversation),
    settings.topKey(conversation),
    settings.draftKey(conversation),
    settings.clearKey(conversation),
    settings.stateKey(conversation),
    settings.starKey(conversation, limits.maxInteger),
    settings.hideKey(conversation, 1),
    'own/echo/state',
  ];
  for (const key of built) {
    assert.equal(settings.isSettingKey(key), true, key);
    assert.ok(key.length <= limits.maxSettingKeyCharacters);
  }
  for (const key of ['', 'privacy', 'block/me', `star/${conversation}/0`, `draft/${conversation}/x`, 'own/', 'own/Ä'])
    assert.equal(settings.isSettingKey(key), false, key);
});
