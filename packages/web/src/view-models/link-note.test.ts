import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InviteView } from '@parley/sdk';
import { linkNote } from './link-note.ts';

test('[ENC381] a link that names no key says so where it is shown, and another one says nothing', () => {
  const link = (keyless: boolean) => ({ link: 'https://example.org/i#x', keyless }) as InviteView;
  assert.match(linkNote(link(true)) ?? '', /^This link does not name your key.*make another one\.$/);
  assert.equal(linkNote(link(false)), null);
});
