// `kill -9` at random instants while people write, again and again: what showed a tick is there afterwards, once.
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { judge, readAll } from './loss-checker.ts';
import { confirmed, type Person, signUp } from './people.ts';
import { call } from './rest.ts';
import { freshFolder, startServer } from './server-process.ts';
import { shaped } from './shape.ts';

const kills = Number(process.env.PARLEY_TEST_KILLS ?? 50);
const people = ['ana', 'ben', 'noor', 'lin'] as const;
/** Messages on their way from one client at a time. */
const windowSize = 8;
/** The instant of a kill: after this many more ticks, chosen at random below it. */
const maxTicksBetween = 120;

test(`[R1] [R2] [R3] ${kills} kills under load lose and repeat nothing`, { timeout: 600_000 }, async (t) => {
  const folder = await freshFolder();
  const environment = { PARLEY_SIGNUP: 'open', PARLEY_DIRECTORY: 'members' };
  let server = await startServer(folder, environment);
  const port = new URL(server.summary.url).port;
  t.after(async () => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const { url } = server.summary;
  const all: Person[] = [];
  for (const handle of people) {
    const person = await signUp(url, handle);
    sentTo.set(person.account, new Map());
    all.push(person);
  }
  const conversations = await talkable(url, all);

  const writing = new AbortController();
  const writers = all.map((person, who) => write(person, conversations, who, writing.signal));
  for (let kill = 0; kill < kills; kill++) {
    await Promise.all(all.map(({ client }) => client.connect(url)));
    await ticks(all, randomInt(1, maxTicksBetween));
    await server.kill();
    server = await startServer(folder, { ...environment, PARLEY_PORT: port });
  }
  writing.abort();
  await Promise.all(all.map(({ client }) => client.connect(url)));
  await Promise.all(writers);
  await Promise.all(all.map(confirmed));

  let acked = 0;
  for (const [conversation, members] of conversations) {
    const readers = [];
    for (const member of members) readers.push(await readAll(url, member.token, conversation));
    const said = new Set(all.flatMap(({ client }) => [...client.history.acked]));
    const here = new Set([...idsOf(members, conversation)].filter((id) => said.has(id)));
    const verdict = judge(conversation, here, readers);
    assert.deepEqual({ ...verdict, acked: 0 }, { acked: 0, lost: [], repeated: [], holes: [], disagreements: [] });
    acked += here.size;
  }
  t.diagnostic(`0 lost, 0 repeated of ${acked} acknowledged, ${kills} kills`);
  assert.ok(acked > kills, 'the load was real');
});

const sentTo = new Map<string, Map<string, string>>();

function idsOf(members: readonly Person[], conversation: string): ReadonlySet<string> {
  return new Set(
    members.flatMap((member) =>
      [...(sentTo.get(member.account) ?? [])].filter(([, where]) => where === conversation).map(([id]) => id),
    ),
  );
}

/** Two direct chats that are accepted, and a group of all. */
async function talkable(url: string, all: readonly Person[]): Promise<Map<ConversationId, readonly Person[]>> {
  const conversations = new Map<ConversationId, readonly Person[]>();
  const make = (person: Person, body: unknown) =>
    call<{ conversation_id: ConversationId }>(url, 'POST', '/v1/conversations', { token: person.token, body });
  for (const [a, b] of [
    [0, 1],
    [2, 3],
    [0, 2],
    [0, 3],
  ] as const) {
    const [from, to] = [all[a] as Person, all[b] as Person];
    const { conversation_id: id } = await make(from, { kind: 'direct', account: to.account });
    await call(url, 'POST', `/v1/conversations/${id}/messages`, { token: from.token, body: shaped('hello') });
    await call(url, 'POST', `/v1/conversations/${id}/accept`, { token: to.token, body: {} });
    await call(url, 'POST', `/v1/conversations/${id}/messages`, { token: to.token, body: shaped('hello') });
    if (a === 0 && b !== 1) continue;
    conversations.set(id, [from, to]);
  }
  const first = all[0] as Person;
  const { conversation_id: group } = await make(first, {
    kind: 'group',
    members: all.slice(1).map((person) => person.account),
  });
  conversations.set(group, all);
  return conversations;
}

/** Keeps a window of messages on their way until the signal aborts. */
async function write(
  person: Person,
  conversations: ReadonlyMap<ConversationId, readonly Person[]>,
  who: number,
  signal: AbortSignal,
): Promise<void> {
  const mine = [...conversations].filter(([, members]) => members.includes(person)).map(([id]) => id);
  for (let n = 0; !signal.aborted; n++) {
    while (person.client.pending >= windowSize && !signal.aborted) await person.client.progress();
    const where = mine[n % mine.length] as ConversationId;
    const id = person.client.say(where, `${who}/${n}`, randomBytes(10));
    sentTo.get(person.account)?.set(id, where);
  }
}

/** Resolves when so many more ticks have come. */
async function ticks(all: readonly Person[], count: number): Promise<void> {
  const total = () => all.reduce((sum, { client }) => sum + client.history.acked.size, 0);
  const wanted = total() + count;
  while (total() < wanted) await Promise.race(all.map(({ client }) => client.progress()));
}
