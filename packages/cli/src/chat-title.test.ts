import assert from 'node:assert/strict';
import { test } from 'node:test';
import { titleOf } from './chat-title.ts';

test('[ENC203] a group whose title has not come yet is called after one of its people at the terminal, too', () => {
  const named = { notes: false, namedAfter: null, joinedWith: null, title: 'Garden' };
  assert.equal(titleOf(named), 'Garden');
  assert.equal(titleOf({ ...named, namedAfter: 'Lin', title: 'Lin, Noor' }), 'Group of Lin and others');
  assert.equal(titleOf({ ...named, title: '' }), 'Unnamed');
  assert.equal(titleOf({ ...named, notes: true, title: '' }), 'Notes to self');
});

test('[ENC270] a group that somebody came into with a link is called after whose link it was, until its title comes', () => {
  const untitled = { notes: false, namedAfter: 'Noor', joinedWith: 'Lin\u001b', title: 'Lin, Noor' };
  assert.equal(titleOf(untitled), "Group you joined with Lin\ufffd's link");
});
