// The server sees none of it: what people say, call their groups and begin to write, and every private key, is looked
// for in all that it keeps, prints, measures and has in its memory. The same search finds what it may know: a message in
// a room, the name of the server. There are no files of people and no push in this release, so neither is looked into.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Device } from './acceptance-device.ts';
import { leaksIn, type Search, type Secrets, searchFor } from './leaks.ts';
import { folderOfTest, open, operate } from './operated.ts';
import { password } from './people.ts';
import { keysOfAccount } from './private-keys.ts';
import { heapOf, memoryOf, snapshotFlags } from './server-memory.ts';
import type { RunningServer } from './server-process.ts';

/** Words that stand nowhere else. Names, handles and names of devices are no secret: the threat model says so. */
const canaries = {
  message: 'canary-message-kestrel',
  edit: 'canary-edit-heron',
  reply: 'canary-reply-dunlin',
  reaction: 'canary-reaction-wren',
  poll: 'canary-poll-plover',
  option: 'canary-option-siskin',
  group: 'canary-group-osprey',
  title: 'canary-title-curlew',
  said: 'canary-said-lapwing',
  draft: 'canary-draft-wagtail',
  note: 'canary-note-nightjar',
} as const;
const planted = { room: 'canary-room-sparrow', server: 'canary-server-finch' } as const;
/** The chat with the echo bot is readable for the operator, by design: it is off here. */
const settings = { ...open, PARLEY_ECHO_BOT: 'off', PARLEY_NAME: planted.server };

/** A device of somebody who can take everything out of it. */
export interface OwnDevice {
  readonly device: Device;
  readonly token: string;
  /** Every private key that it has and had, by names that begin so; the device is closed. */
  keys(name: string): Promise<Secrets>;
}

/** Where the server and the devices are. */
export interface BlindPlace {
  serve(
    folder: string,
    environment: Readonly<Record<string, string>>,
    flags: readonly string[],
  ): Promise<RunningServer>;
  /** Makes the account, or signs in to it: then it is another device. */
  enter(url: string, way: 'signUp' | 'signIn', handle: string): Promise<OwnDevice>;
}

/** The devices of two people, the second of one of them, and the words that open their accounts. */
interface People {
  readonly ana: OwnDevice;
  readonly ben: OwnDevice;
  readonly second: OwnDevice;
  readonly words: Readonly<Record<'ana' | 'ben', string>>;
}

async function newPeople(place: BlindPlace, url: string): Promise<People> {
  const [ana, ben] = [await place.enter(url, 'signUp', 'ana'), await place.enter(url, 'signUp', 'ben')];
  const words = { ana: await ana.device.recoveryWords(), ben: await ben.device.recoveryWords() };
  const second = await place.enter(url, 'signIn', 'ana');
  await second.device.stands('needs_linking');
  await second.device.recover(words.ana);
  await second.device.stands('ready');
  return { ana, ben, second, words };
}

/** Says every kind of thing; resolves to the link into the group when it is all on the server. */
async function sayEverything(ana: Device, ben: Device, second: Device): Promise<string> {
  const chat = await ana.direct('ben');
  const [seq = 0] = await ana.say(chat, [canaries.message]);
  await ben.accept(chat);
  await ben.replies(chat, seq, canaries.reply);
  await ben.reacts(chat, seq, canaries.reaction);
  await ana.edits(chat, seq, canaries.edit);
  const poll = await ana.asks(chat, canaries.poll, [canaries.option, 'no']);
  await ana.votes(chat, poll, 0);
  const group = await ana.group(canaries.group, [await ben.account()]);
  await ana.entitles(group, canaries.title);
  const link = await ana.link(group);
  await ana.say(group, [canaries.said]);
  await second.say(await second.direct('ana'), [canaries.note]);
  await ana.proclaims('Square', planted.room);
  await ben.hears(chat, canaries.edit);
  await ben.sees('title', canaries.title);
  await ana.drafts(chat, canaries.draft);
  await second.sees('draft', canaries.draft);
  return link;
}

/** All that only its owners can take out of their devices and accounts. */
async function keysOf(url: string, { ana, ben, second, words }: People): Promise<Secrets> {
  const found: Secrets[] = [];
  for (const [name, { token, device }] of Object.entries({ ana, ben }) as ['ana' | 'ben', OwnDevice][])
    found.push(await keysOfAccount(name, url, { token, account: await device.account(), words: words[name] }));
  for (const [name, one] of Object.entries({ 'ana laptop': ana, 'ana phone': second, 'ben laptop': ben }))
    found.push(await one.keys(name));
  return Object.fromEntries(found.flatMap((secrets) => Object.entries(secrets)));
}

/** What the server has besides its files, while it runs and people are connected. */
async function takeAll(server: RunningServer, snapshots: string) {
  const metrics = Buffer.from(await (await fetch(server.summary.metrics)).text());
  assert.match(metrics.toString(), /^parley_sockets [1-9]/m);
  return { metrics, heap: await heapOf(server, snapshots), memory: await memoryOf(server) };
}

/** What the operator's command makes of the folder while the server runs. */
async function backup(folder: string): Promise<string> {
  const copy = join(await folderOfTest(), 'copy');
  const made = await operate(folder, ['backup', copy]);
  assert.equal(made.code, 0, made.stderr);
  return copy;
}

/** What was found of secrets. This that the server may know must be among it: the same search finds what is there. */
function secretsIn(found: readonly string[], mayKnow: keyof typeof planted): readonly string[] {
  const names = (one: string, name: string) => one === name || one.startsWith(`${name} in `);
  assert.ok(
    found.some((one) => names(one, mayKnow)),
    `the ${mayKnow} is not found`,
  );
  return found.filter((one) => !Object.keys(planted).some((name) => names(one, name)));
}

/** Nothing that people say and no private key of theirs is anywhere in this place's server. */
export async function seesNothing(t: TestContext, place: BlindPlace): Promise<void> {
  const [folder, snapshots] = [await folderOfTest(), await folderOfTest()];
  const server = await place.serve(folder, settings, snapshotFlags(snapshots));
  const { url } = server.summary;
  const people = await newPeople(place, url);
  const { ana, ben, second } = people;
  await assert.rejects(ana.device.direct('echo'), /account\.unknown/);
  assert.ok(!existsSync(join(folder, 'echo-bot')), 'the echo bot is off');
  const link = await sayEverything(ana.device, ben.device, second.device);
  const { metrics, heap, memory } = await takeAll(server, snapshots);
  const copy = await backup(folder);

  const unseen: Secrets = { ...canaries, link: link.slice(-43), ...(await keysOf(url, people)) };
  const search = searchFor({ ...unseen, ...planted, password });
  const seenMemory = memory.length > 0 ? 'all memory' : 'the heap alone: this system shows no more';
  t.diagnostic(`${Object.keys(unseen).length} secrets; ${seenMemory}`);

  const files = await readdir(folder, { recursive: true });
  for (const end of ['.db-wal', '.db', '.segment'])
    assert.ok(
      files.some((name) => name.endsWith(end)),
      files.join(' '),
    );
  for (const kept of [folder, copy]) assert.deepEqual(secretsIn(await leaksIn(kept, search), 'room'), []);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(secretsIn(await leaksIn(folder, search), 'room'), [], 'after it has stopped');
  assert.deepEqual(secretsIn(search(heap), 'server'), []);
  // The server hears a password when somebody signs in, and used memory is not wiped: that one is not looked for here.
  const searchMemory = searchFor({ ...unseen, ...planted });
  const remembered = [...new Set(memory.flatMap(searchMemory))];
  assert.deepEqual(remembered.toSorted(), memory.length > 0 ? ['room', 'server'] : []);

  const printed = Buffer.from(server.output());
  assert.deepEqual(searchFor({ ana: ana.token, ben: ben.token })(printed), []);
  for (const text of [metrics, printed]) findsPlanted(text, search);
}

/** There is nothing in it. Nothing secret can be brought there from outside: a leak is added to what was taken. */
function findsPlanted(text: Buffer, search: Search): void {
  assert.deepEqual(search(text), []);
  assert.deepEqual(search(Buffer.concat([text, Buffer.from(`{text="${canaries.note}"} 1\n`)])), ['note']);
}
