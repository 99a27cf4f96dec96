// A hostile server against whole clients: one-time keys that it hands out in floods, to strangers, or twice. Nothing is
// sealed for who was not asked for, nobody is stopped, and what could not be read is read when the server is honest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floodsKeys, givesAway, handsOutOnce, notesKeys, notesSent, tellsOfEnough } from './claim-liar.ts';
import { pair, reads, say, Town, there } from './town.ts';

test('[ENC250] a flood of keys that nobody asked for opens no session and stops nobody', async (t) => {
  const town = await Town.open(t);
  const [ana, ben, mal] = [await town.join('ana'), await town.join('ben'), await town.join('mal')];
  const withMal = await town.done(mal.client.createDirect('ben'));
  const ofMal = notesKeys(ben.man);
  await say(town, withMal, 'hello');
  const toMal = await there(town, ben, withMal);
  await town.done(toMal.accept());
  await say(town, toMal, 'hi');
  await town.until(() => ofMal.length > 0, 'a key of Mal is here');
  const [key] = ofMal;
  assert.ok(key);
  const sent = notesSent(ana.man);
  const claims = floodsKeys(ana.man, key);
  const withBen = await town.done(ana.client.createDirect('ben'));
  await say(town, withBen, 'for Ben');
  const withAna = await there(town, ben, withBen);
  await reads(town, withAna, 'for Ben');
  assert.ok(claims.count > 0 && claims.count < 10, `${claims.count} claims`);
  assert.ok(sent.length > 0 && !sent.some((body) => body.includes(mal.account)));
});

test('[ENC250] a one-time key that the server hands out twice costs the second one a message for a while', async (t) => {
  const { town, ben } = await pair(t);
  const [cleo, dia] = [await town.join('cleo'), await town.join('dia')];
  handsOutOnce([cleo.man, dia.man], ben.account);
  const ofCleo = await town.done(cleo.client.createDirect('ben'));
  await say(town, ofCleo, 'of Cleo');
  await reads(town, await there(town, ben, ofCleo), 'of Cleo');
  const ofDia = await town.done(dia.client.createDirect('ben'));
  await say(town, ofDia, 'of Dia');
  const toDia = await there(town, ben, ofDia);
  await reads(town, toDia, '(no_key)');
  dia.man.honest();
  await town.done(toDia.accept());
  await reads(town, toDia, 'of Dia');
  await say(town, toDia, 'hi Dia');
  await reads(town, ofDia, 'hi Dia');
});

test('[ENC250] a server that gives all the keys of somebody away stops nobody from reaching them', async (t) => {
  const { town, ben, withBen, withAna } = await pair(t);
  tellsOfEnough(ben.man);
  const given: (readonly string[])[] = [];
  for (const name of ['cleo', 'dia', 'eve']) {
    const one = await town.join(name);
    const left = givesAway(one.man);
    const toBen = await town.done(one.client.createDirect('ben'));
    await say(town, toBen, `of ${name}`);
    await reads(town, await there(town, ben, toBen), `of ${name}`);
    const ofBen = left.filter(({ account }) => account === ben.account);
    assert.ok(ofBen.length > 0 && ofBen.every(({ key }) => key.fallback === true));
    given.push(ofBen.map(({ id }) => id).sort());
  }
  assert.deepEqual(given.slice(1), [given[0], given[0]], 'the same ones again and again');
  await say(town, withBen, 'still here?');
  await reads(town, withAna, 'still here?');
});
