import assert from 'node:assert/strict';
import { test } from 'node:test';
import { titleOf } from './chat-title.ts';

test('[ENC203] a group whose title has not come yet is called after one of its people at the terminal, too', () => {
  const named = { notes: false, namedAfter: null, title: 'Garden' };
  assert.equal(titleOf(named), 'Garden');
  assert.equal(titleOf({ ...named, namedAfter: 'Lin', title: 'Lin, Noor' }), 'Group of Lin and others');
  assert.equal(titleOf({ ...named, title: '' }), 'Unnamed');
  assert.equal(titleOf({ ...named, notes: true, title: '' }), 'Notes to self');
});
