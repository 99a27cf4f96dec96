import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBytes } from './crypto/base64.ts';
import { accountId, conversationId } from './fixture.ts';
import { printInviteLink, readInviteLink, usedLink } from './invite-link.ts';

const ana = accountId(1);

const secret = 'AAAAAAAAAAAAAAAAAAAAAA';

test('[ENC368] a link says its secret and the key of who invites, and is read as it was printed', () => {
  const key = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }));
  fc.assert(
    fc.property(key, (bytes) => {
      const link = { secret, fingerprint: bytes && encodeBytes(bytes) };
      assert.deepEqual(readInviteLink(printInviteLink('https://example.org', link)), link);
    }),
  );
  assert.equal(
    printInviteLink('https://example.org', { secret, fingerprint: null }),
    `https://example.org/i#${secret}`,
  );
  assert.deepEqual(readInviteLink(`  ${secret} `), { secret, fingerprint: null });
  const fingerprint = encodeBytes(new Uint8Array(32));
  for (const used of [ana, conversationId(1)]) {
    const link = usedLink(printInviteLink('https://example.org', { secret, fingerprint }), used);
    assert.deepEqual(readInviteLink(link), { secret, fingerprint, used });
  }
  const room = `c_${'r'.repeat(22)}.${'s'.repeat(43)}`;
  assert.deepEqual(readInviteLink(`https://example.org/i#${room}`), { secret: room, fingerprint: null });
});

test('[ENC368] a link whose key was cut or altered to another length is none', () => {
  const link = printInviteLink('https://example.org', { secret, fingerprint: encodeBytes(new Uint8Array(32)) });
  for (const text of [link.slice(0, -1), `${link}A`, `${secret}~`, 'short', `${'x'.repeat(129)}`])
    assert.throws(() => readInviteLink(text), { code: 'invite.invalid' });
});

test('[ENC369] a secret in which more could be read is printed as no link, and read in none', () => {
  const key = encodeBytes(new Uint8Array(32), 'base64url');
  for (const more of [`${secret}~${key}`, `${secret}#${secret}`, `${secret}~`, `${secret} `, 'short', 'x'.repeat(129)])
    assert.throws(() => printInviteLink('https://example.org', { secret: more, fingerprint: null }), {
      code: 'client.unexpected',
    });
  // As one was printed that a server had put its key into.
  assert.throws(() => readInviteLink(`https://example.org/i#${secret}~${key}~${key}`), { code: 'invite.invalid' });
});
