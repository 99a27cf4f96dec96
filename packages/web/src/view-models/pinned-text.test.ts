import assert from 'node:assert/strict';
import { test } from 'node:test';
import { words } from '../words/words.ts';
import { pinnedText } from './pinned-text.ts';

test('[ENC203] a pinned message that cannot be read is named as such, never an empty line', () => {
  assert.equal(pinnedText({ type: 'text', text: 'Tea at five' }), 'Tea at five');
  assert.equal(pinnedText(null), words.invitations.pinnedBefore);
  assert.equal(pinnedText({ type: 'deleted', text: '' }), words.chat.deleted);
  assert.equal(pinnedText({ type: 'undecryptable', text: '' }), words.chat.missing);
});
