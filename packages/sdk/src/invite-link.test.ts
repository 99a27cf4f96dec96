import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBytes } from './crypto/base64.ts';
import { accountId } from './fixture.ts';
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
  const used = usedLink(
    printInviteLink('https://example.org', { secret, fingerprint: encodeBytes(new Uint8Array(32)) }),
    ana,
  );
  assert.deepEqual(readInviteLink(used), { secret, fingerprint: encodeBytes(new Uint8Array(32)), used: ana });
  const room = `c_${'r'.repeat(22)}.${'s'.repeat(43)}`;
  assert.deepEqual(readInviteLink(`https://example.org/i#${room}`), { secret: room, fingerprint: null });
});

test('[ENC368] a link whose key was cut or altered to another length is none', () => {
  const link = printInviteLink('https://example.org', { secret, fingerprint: encodeBytes(new Uint8Array(32)) });
  for (const text of [link.slice(0, -1), `${link}A`, `${secret}~`, 'short', `${'x'.repeat(129)}`])
    assert.throws(() => readInviteLink(text), { code: 'invite.invalid' });
});
