// What a server does not see of people whose devices are in Node, and that the search for it would find it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connect, entrance } from '@parley/sdk/node';
import { deviceOver } from './acceptance-device.ts';
import { type BlindPlace, type OwnDevice, seesNothing } from './blind.ts';
import { searchFor } from './leaks.ts';
import { folderOfTest, startServer } from './operated.ts';
import { password } from './people.ts';
import { keysOfDevice } from './private-keys.ts';

/** A device over a folder. */
async function enter(t: TestContext, ...[url, way, handle]: Parameters<BlindPlace['enter']>): Promise<OwnDevice> {
  const folder = await folderOfTest();
  const session = await entrance(url)[way]({ handle, name: handle, password, deviceName: 'Laptop' });
  const client = await connect({ server: url, session, folder });
  t.after(() => client.close());
  const keys = async (name: string) => {
    await client.close();
    return keysOfDevice(name, folder);
  };
  return { device: deviceOver(client), token: session.token ?? assert.fail(), keys };
}

test('[ENC152] without the echo bot, nothing that people say and no private key is in what the server keeps, prints, measures or has in memory', (t) =>
  seesNothing(t, {
    serve: startServer,
    enter: (...given) => enter(t, ...given),
  }));

test('[ENC152] the search knows a secret in each of its spellings, wherever it begins', () => {
  const secret = Buffer.from('a3f0c9175be2000122ff5c7f80a40d0a', 'hex');
  const search = searchFor({ secret, other: 'another secret' });
  for (const before of ['', 'a', 'ab', 'abc']) {
    const whole = Buffer.concat([Buffer.from(before), secret, Buffer.from('and more')]);
    const texts = (['base64', 'base64url', 'hex', 'latin1'] as const).map((spelling) => whole.toString(spelling));
    const json = JSON.stringify(texts[3]).slice(1, -1);
    texts.push(whole.toString('hex').toUpperCase(), JSON.stringify([...whole]), json);
    texts.push(json.replaceAll(/[\u0080-\uffff]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16).toUpperCase()}`));
    for (const text of texts)
      for (const letters of ['utf8', 'utf16le'] as const)
        assert.deepEqual(search(Buffer.from(`{"x":"${text}"}`, letters)), ['secret'], text);
    assert.deepEqual(search(whole), ['secret']);
  }
});
