import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testHttp } from './http-fixture.ts';

test('[API4] bytes that are not UTF-8 are refused, and so is another charset', async () => {
  const { app, calls } = await testHttp();
  const post = async (type: string, payload: Buffer) => {
    const headers = { authorization: 'Bearer 1', 'content-type': type };
    const answer = await app.inject({ method: 'PATCH', url: '/v1/me', headers, payload });
    return [answer.statusCode, answer.json<{ code?: string }>().code];
  };
  const broken = Buffer.from('{"name":"x\xff"}', 'latin1');
  assert.deepEqual(await post('application/json', broken), [400, 'frame.malformed']);
  const good = Buffer.from('{"name":"é"}');
  for (const charset of ['latin1', 'utf-16', '"iso-8859-1"'])
    assert.deepEqual(await post(`application/json; charset=${charset}`, good), [415, 'media_type.unsupported']);
  assert.equal(calls.length, 0);
  for (const type of ['application/json', 'application/json; charset=UTF-8', 'application/json;charset="utf-8"'])
    assert.equal((await post(type, good))[0], 200, type);
  assert.ok(calls.every(({ call }) => (call.body as { name?: string }).name === 'é'));
});
