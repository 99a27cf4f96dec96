// What is taken for ciphertext, and what is not.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import fc from 'fast-check';
import { isSealed } from './sealed.ts';

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '');
const session = unpadded(randomBytes(32));
const sealed = (bytes: Uint8Array) => `1.${session}.${unpadded(bytes)}`;
const message = (length: number) => Buffer.concat([Buffer.of(3), randomBytes(length - 1)]);

test('[ENC33] what a session sealed is taken, from the shortest message to the longest content', () => {
  for (const length of [93, 94, 95, 300, 1_000]) assert.ok(isSealed(sealed(message(length))), `${length} bytes`);
  const most = sealed(message(Math.floor(((wire.maxContentBytes - 46) * 3) / 4)));
  assert.ok(most.length <= wire.maxContentBytes && most.length > wire.maxContentBytes - 4);
  assert.ok(isSealed(most));
  assert.ok(!isSealed(`${most}AAAA`));
});

test('[ENC33] text, bodies and what is nearly sealed are not', () => {
  const good = sealed(message(96));
  assert.ok(isSealed(good));
  const [version, id = '', text = ''] = good.split('.');
  const bad = [
    '',
    'Hello',
    JSON.stringify({ type: 'text', text: 'x'.repeat(300) }),
    `2.${id}.${text}`,
    `${version}.${id.slice(1)}.${text}`,
    `${version}.${id}A.${text}`,
    `${version}.${id}${text}`,
    `${version}.${id}.${text}=`,
    `${version}.${id}.${text}A`,
    `${version}.${id}.${text.replace(/.$/, '\n')}`,
    `${good}\n`,
    ` ${good}`,
    `${version}.${id}.${text.replace(/.$/, '_')}`,
    sealed(message(92)),
    sealed(Buffer.concat([Buffer.of(2), randomBytes(120)])),
    sealed(Buffer.concat([Buffer.of(4), randomBytes(120)])),
    sealed(Buffer.concat([Buffer.of(0x83), randomBytes(120)])),
  ];
  for (const content of bad) assert.ok(!isSealed(content), content.slice(0, 60));
});

test('[ENC33] only the version byte 3 is taken, whatever follows', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 93, maxLength: 200 }), (bytes) => {
      assert.equal(isSealed(sealed(bytes)), bytes[0] === 3);
    }),
  );
  fc.assert(
    fc.property(fc.string({ minLength: 170, maxLength: 400 }), (text) => {
      assert.ok(!isSealed(text));
    }),
  );
});
