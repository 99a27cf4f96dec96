import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sealedText } from '../messages/sealed-fixture.ts';
import { blank } from './blank.ts';
import { messageRow } from './sample-rows.ts';

const rowWith = (fields: object) =>
  messageRow(1, 1, { tail: new TextEncoder().encode(JSON.stringify(fields).slice(1, -1)) });
const tailOf = (fields: object) => Buffer.from(blank(rowWith(fields), 7).tail).toString();

test('[ENC192] a blanked row keeps its header and the hash of its ciphertext, and nothing else', () => {
  const content = sealedText('Grüße');
  const row = rowWith({ device: 'd', timestamp: 't', content, format: 'sealed', mentions: ['a'] });
  const hash = createHash('sha256').update(content).digest('base64url');
  const gone = blank(row, 7);
  assert.deepEqual(gone, { ...row, deletedBy: 7, tail: gone.tail });
  assert.equal(Buffer.from(gone.tail).toString(), `"body_hash":"${hash}"`);
});

test('[ENC192] of what was readable no hash is left, by which a short text would be found', () => {
  for (const format of ['text', 'body', undefined]) assert.equal(tailOf({ content: 'yes', format }), '');
  assert.equal(tailOf({}), '');
});

test('[ENC192] what is blank already stays as it is', () => {
  const gone = blank(rowWith({ content: sealedText('Hello'), format: 'sealed' }), 7);
  assert.equal(blank(gone, 0), gone);
});
