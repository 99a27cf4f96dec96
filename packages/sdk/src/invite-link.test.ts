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
      const link = { secret, fingerprint: bytes && encodeBytes(bytes), inviter: bytes && ana };
      assert.deepEqual(readInviteLink(printInviteLink('https://example.org', link)), link);
    }),
  );
  assert.equal(
    printInviteLink('https://example.org', { secret, fingerprint: null, inviter: null }),
    `https://example.org/i#${secret}`,
  );
  assert.deepEqual(readInviteLink(`  ${secret} `), { secret, fingerprint: null, inviter: null });
  const fingerprint = encodeBytes(new Uint8Array(32));
  for (const used of [ana, conversationId(1)])
    for (const inviter of [ana, null]) {
      const link = usedLink(printInviteLink('https://example.org', { secret, fingerprint, inviter }), used);
      assert.deepEqual(readInviteLink(link), { secret, fingerprint, inviter, used });
    }
  const room = `c_${'r'.repeat(22)}.${'s'.repeat(43)}`;
  assert.deepEqual(readInviteLink(`https://example.org/i#${room}`), { secret: room, fingerprint: null, inviter: null });
});

test('[ENC368] a link whose key was cut or altered to another length is none', () => {
  const fingerprint = encodeBytes(new Uint8Array(32));
  const [link, whole] = [null, ana].map((inviter) =>
    printInviteLink('https://example.org', { secret, fingerprint, inviter }),
  ) as [string, string];
  const cut = [whole, link].flatMap((text) => [text.slice(0, -1), `${text}A`]);
  for (const text of [
    ...cut,
    `${link}~`,
    `${whole}~`,
    `${whole}~${ana}~${ana}`,
    `${secret}~`,
    'short',
    `${'x'.repeat(129)}`,
  ])
    assert.throws(() => readInviteLink(text), { code: 'invite.invalid' });
});

test('[ENC369] a secret in which more could be read is printed as no link, and read in none', () => {
  const key = encodeBytes(new Uint8Array(32), 'base64url');
  for (const more of [`${secret}~${key}`, `${secret}#${secret}`, `${secret}~`, `${secret} `, 'short', 'x'.repeat(129)])
    assert.throws(() => printInviteLink('https://example.org', { secret: more, fingerprint: null, inviter: null }), {
      code: 'client.unexpected',
    });
  // As one was printed that a server had put its key into.
  assert.throws(() => readInviteLink(`https://example.org/i#${secret}~${key}~${key}`), { code: 'invite.invalid' });
});
