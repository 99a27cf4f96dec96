// Coming in, over a server that is the test: what leaves this device when somebody signs in with the recovery key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeExactly, encodeBytes } from './crypto/base64.ts';
import { recoveryGroups, recoveryPairs, recoveryWords } from './crypto/recovery-key.ts';
import { utf8, verifyBytes } from './crypto/signing.ts';
import { entranceOver } from './entrance.ts';
import { accountId, conversationId, settle } from './fixture.ts';
import { printInviteLink, usedLink } from './invite-link.ts';
import type { Rest } from './rest.ts';

const key = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
const me = { account_id: 'a', handle: 'ana', name: 'Ana', created_at: '2026-01-01T00:00:00.000Z', device: 'd' };

function open() {
  const asked: { readonly name: string; readonly body: Record<string, string> }[] = [];
  const rest = (async (name: string, { body }: { body: Record<string, string> }) => {
    asked.push({ name, body });
    return name === 'createChallenge' ? { challenge: 'of-today' } : { me, token: 't' };
  }) as unknown as Rest;
  return { asked, entrance: entranceOver(rest, false, () => {}) };
}

test('[ENC333] that somebody is about to come in is told before the server has answered, and not before they do', async () => {
  for (const way of ['signIn', 'signUp', 'signInWithRecoveryKey'] as const) {
    let told = 0;
    const silent = (() => new Promise(() => {})) as unknown as Rest;
    const entrance = entranceOver(
      silent,
      true,
      () => assert.fail('there is no session'),
      () => told++,
    );
    entrance.server().catch(() => {});
    assert.equal(told, 0);
    const login = { handle: 'ana', name: 'Ana', password: 'correct horse', deviceName: 'Test' };
    entrance[way]({ ...login, key: recoveryWords(key).join(' ') }).catch(() => {});
    await settle();
    assert.ok(told > 0, way);
  }
});

test('[ENC334] somebody who types can be told of, too', () => {
  let told = 0;
  const rest = (() => assert.fail('nothing is asked')) as unknown as Rest;
  const entrance = entranceOver(
    rest,
    true,
    () => {},
    () => told++,
  );
  entrance.prepare();
  assert.equal(told, 1);
});

test('[ENC66] the recovery key signs in with words or groups, and only a signature leaves the device', async () => {
  for (const typed of [recoveryWords(key).join(' '), recoveryGroups(key).join('-')]) {
    const { asked, entrance } = open();
    await entrance.signInWithRecoveryKey({ handle: ' @Ana', key: typed, deviceName: 'Test' });
    assert.deepEqual(
      asked.map(({ name, body }) => [name, body.handle]),
      [
        ['createChallenge', 'ana'],
        ['createRecoverySession', 'ana'],
      ],
    );
    const { signing } = await recoveryPairs(key);
    const [publicKey, signature] = [decodeExactly(32, signing.publicKey), decodeExactly(64, asked[1]?.body.signature)];
    assert.ok(publicKey !== null && signature !== null);
    assert.ok(await verifyBytes(publicKey, utf8('parley.recovery.v1\0of-today'), signature));
    const sent = JSON.stringify(asked);
    for (const secret of [recoveryWords(key)[0], recoveryGroups(key)[1], encodeBytes(key)])
      assert.ok(!sent.includes(String(secret)), 'nothing of the key itself');
  }
});

test('[ENC66] what is no recovery key asks the server nothing', async () => {
  const { asked, entrance } = open();
  await assert.rejects(entrance.signInWithRecoveryKey({ handle: 'ana', key: 'abandon abandon', deviceName: 'Test' }), {
    code: 'recovery.invalid',
  });
  assert.deepEqual(asked, []);
});

test('[ENC369] by a link that names a key one goes on to the chat that was opened, else to whom the link names', async () => {
  const [inviter, secret] = [accountId(1), 'A'.repeat(22)];
  const fingerprint = encodeBytes(new Uint8Array(32));
  const login = { handle: 'ana', name: 'Ana', password: 'correct horse', deviceName: 'Test' };
  const goesOn = async (invite: string, chat?: string) => {
    // Nobody but the link is asked who invites.
    const rest = (async (name: string) => {
      assert.equal(name, 'createAccount');
      return { me, token: 't', ...(chat && { conversation_id: chat }) };
    }) as unknown as Rest;
    return (await entranceOver(rest, false, () => {}).signUp({ ...login, invite })).invite;
  };
  const link = printInviteLink('https://example.org', { secret, fingerprint, inviter });
  assert.equal(await goesOn(link, conversationId(1)), usedLink(link, conversationId(1)));
  assert.equal(await goesOn(link), usedLink(link, inviter));
  const unnamed = printInviteLink('https://example.org', { secret, fingerprint, inviter: null });
  assert.equal(await goesOn(unnamed, conversationId(1)), usedLink(unnamed, conversationId(1)));
  assert.equal(await goesOn(unnamed), null);
  const keyless = printInviteLink('https://example.org', { secret, fingerprint: null, inviter: null });
  assert.equal(await goesOn(keyless, conversationId(1)), null);
});
