// `kill -9` of the server and of clients that really seal, at random instants while all of them write: what showed a tick
// is there for everybody, once, in one order, open, and nobody has become somebody else.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Client, Conversation } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { seen, shows, stands, unopened } from './live.ts';
import { readAll } from './loss-checker.ts';
import { folderOfTest, open, startServer } from './operated.ts';
import { password } from './people.ts';
import { placesOf } from './sealed-place.ts';

const serverKills = Number(process.env.PARLEY_TEST_SERVER_KILLS ?? 8);
const clientKills = Number(process.env.PARLEY_TEST_CLIENT_KILLS ?? 4);
/** The instant of a kill: after this many more ticks, chosen at random below it. */
const maxTicksBetween = 40;
const handles = ['ana', 'ben', 'cem'] as const;
const greeting = 'hello';
const writer = fileURLToPath(new URL('./sealed-writer.ts', import.meta.url));

/** Somebody with one device, whose client runs here or in a process that may be killed. */
interface Person {
  readonly handle: string;
  readonly folder: string;
  readonly token: string;
  readonly account: AccountId;
}

/** What the processes have told. */
class Writers {
  readonly ticked: string[] = [];
  readonly #start: (person: Person, life: number) => ChildProcess;
  readonly #alive = new Map<Person, { readonly life: number; readonly child: ChildProcess }>();
  #onTick: () => void = () => {};
  /** One of them ended by itself. */
  readonly #failed = Promise.withResolvers<never>();

  constructor(start: (person: Person, life: number) => ChildProcess) {
    this.#start = start;
    this.#failed.promise.catch(() => {});
  }

  begin(person: Person): void {
    const life = (this.#alive.get(person)?.life ?? -1) + 1;
    const child = this.#start(person, life);
    child.on('message', (text: string) => {
      this.ticked.push(text);
      this.#onTick();
    });
    child.once('exit', (code) => {
      if (code !== null && code !== 0) this.#failed.reject(new Error(`${person.handle} ended with ${code}`));
    });
    this.#alive.set(person, { life, child });
  }

  async kill(person: Person): Promise<void> {
    const child = this.#alive.get(person)?.child ?? assert.fail('it runs');
    const gone = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.kill('SIGKILL');
    assert.equal((await gone)[1], 'SIGKILL', 'it wrote until it was killed');
  }

  async ticks(count: number): Promise<void> {
    const wanted = this.ticked.length + count;
    while (this.ticked.length < wanted)
      await Promise.race([
        this.#failed.promise,
        new Promise<void>((resolve) => {
          this.#onTick = resolve;
        }),
      ]);
  }

  /** Nothing of it outlives a test that failed. */
  end(): void {
    for (const { child } of this.#alive.values()) child.kill('SIGKILL');
  }

  /** Everything that was said has its place, and nobody writes any more. */
  async stop(): Promise<void> {
    const ends = [...this.#alive.values()].map(async ({ child }) => {
      const gone = once(child, 'exit');
      child.send('stop');
      assert.deepEqual(await gone, [0, null]);
    });
    await Promise.all(ends);
  }
}

test(`[ENC360] ${serverKills} kills of a server and ${clientKills} of clients that seal lose, repeat and close nothing`, {
  timeout: 280_000 + 10_000 * (serverKills + clientKills),
}, async (t) => {
  const folder = await folderOfTest();
  let server = await startServer(folder, open);
  const { url } = server.summary;
  const settings = { ...open, PARLEY_PORT: new URL(url).port };
  const people: Person[] = [];
  for (const handle of handles) people.push(await newcomer(url, handle));
  const conversations = await talking(url, people);
  const before = await identities(url, people);

  const writers = new Writers(({ handle, folder: own }, life) =>
    fork(writer, [url, own, `${handle} ${life}`, ...conversations], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  );
  t.after(() => writers.end());
  for (const person of people) writers.begin(person);
  const deeds = shuffled(
    Array.from({ length: serverKills + clientKills }, (_, n) => (n < serverKills ? 'server' : 'client')),
  );
  for (const deed of deeds) {
    await writers.ticks(randomInt(1, maxTicksBetween));
    if (deed === 'server') {
      await server.kill();
      server = await startServer(folder, settings);
    } else {
      const person = people[randomInt(people.length)] as Person;
      await writers.kill(person);
      writers.begin(person);
    }
  }
  await writers.ticks(people.length);
  await writers.stop();

  const clients = await Promise.all(people.map(({ folder: own }) => connect({ server: url, folder: own })));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  await Promise.all(clients.map((client) => client.caughtUp()));
  const found: string[] = [];
  for (const id of conversations) {
    const read = await Promise.all(clients.flatMap((client) => client.conversation(id) ?? []).map(textsOf));
    for (const texts of read) assert.deepEqual(texts, read[0], 'everybody reads the same, in one order');
    found.push(...(read[0] ?? []));
    inOrder(read[0] ?? []);
  }
  assert.equal(new Set(found).size, found.length, 'nothing is there twice');
  assert.deepEqual(
    writers.ticked.filter((text) => !found.includes(text)),
    [],
  );
  assert.ok(found.every((text) => /^(ana|ben|cem) \d+ \d+$/.test(text)));
  const count = await unopened(clients);
  assert.equal(count, 0, JSON.stringify(clients.map(({ encryption }) => encryption.undecryptable.snapshot)));
  await Promise.all(clients.map((client) => client.close()));
  assert.deepEqual(await identities(url, people), before);
  const sealed = await sealedWith(url, people[0] as Person, conversations);
  assert.equal(new Set(sealed).size, sealed.length, 'no key was used twice at one place');
  t.diagnostic(`0 lost, 0 repeated, 0 unreadable of ${writers.ticked.length} acknowledged`);
});

/** A new account on a folder of its own, ready to seal. */
async function newcomer(url: string, handle: string): Promise<Person> {
  const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Laptop' });
  const folder = await folderOfTest();
  await using client = await connect({ server: url, session, folder });
  await stands(client, { phase: 'ready' });
  return { handle, folder, token: session.token ?? assert.fail('a token'), account: session.me.account };
}

/** The first two in a direct chat, all in a group; everybody knows both. */
async function talking(url: string, people: readonly Person[]): Promise<readonly ConversationId[]> {
  const clients = await Promise.all(people.map(({ folder }) => connect({ server: url, folder })));
  const [ana, ...others] = clients as [Client, ...Client[]];
  const directs: Conversation[] = [];
  for (const other of others) {
    const chat = await ana.createDirect(other.me.snapshot.account);
    await (await chat.send(greeting)).placed();
    const there = await known(other, chat.id);
    await there.accept();
    await (await there.send(greeting)).placed();
    // Only contacts come into a group at once.
    await seen(ana.conversations, (all) => (all.some((each) => each.id === chat.id && each.contact) ? true : null));
    directs.push(chat);
  }
  const group = await ana.createGroup(
    'Garden',
    others.map(({ me }) => me.snapshot.account),
  );
  for (const other of others) await known(other, group.id);
  await Promise.all(clients.map((client) => client.close()));
  return [...directs.map(({ id }) => id), group.id];
}

async function known(client: Client, id: ConversationId): Promise<Conversation> {
  await seen(client.conversations, (all) => all.find((each) => each.id === id) ?? null);
  return client.conversation(id) ?? assert.fail('it is there');
}

/** What each shows the others of itself, and its devices. */
async function identities(url: string, people: readonly Person[]): Promise<unknown> {
  const clients = await Promise.all(people.map(({ folder }) => connect({ server: url, folder })));
  const found: unknown[] = [];
  for (const client of clients) {
    await client.caughtUp();
    for (const { account } of people)
      if (account !== client.me.snapshot.account) found.push(await client.encryption.identity(account));
    found.push(await client.encryption.devices(), client.encryption.snapshot.changed);
  }
  await Promise.all(clients.map((client) => client.close()));
  return found;
}

/** Every text of a conversation, the oldest first. All of it can be read. */
async function textsOf(conversation: Conversation): Promise<readonly string[]> {
  const line = conversation.timeline();
  const found = new Map<number, string>();
  const look = () => {
    for (const { seq, type, text } of line.snapshot.items) {
      if (type === 'change') continue;
      assert.equal(type, 'text');
      found.set(seq ?? assert.fail('it has its place'), text);
    }
  };
  await shows(line, conversation.snapshot.last?.text ?? greeting);
  for (look(); line.snapshot.older !== 'end'; look()) await line.loadOlder();
  line.close();
  return [...found]
    .sort(([one], [other]) => one - other)
    .map(([, text]) => text)
    .filter((text) => text !== greeting);
}

/** What one life of a client said stands in the order in which it said it. */
function inOrder(texts: readonly string[]): void {
  const newest = new Map<string, number>();
  for (const text of texts) {
    const [handle, life, n] = text.split(' ') as [string, string, string];
    const who = `${handle} ${life}`;
    assert.ok(Number(n) > (newest.get(who) ?? -1), `"${text}" was overtaken`);
    newest.set(who, Number(n));
  }
}

/** The key of every sealed record. */
async function sealedWith(url: string, { token }: Person, conversations: readonly string[]) {
  const histories = await Promise.all(conversations.map((id) => readAll(url, token, id)));
  return placesOf(histories.flat().flatMap(({ content, format }) => (format === 'sealed' ? [content] : [])));
}

function shuffled<T>(all: readonly T[]): readonly T[] {
  const rest = [...all];
  return all.map(() => rest.splice(randomInt(rest.length), 1)[0] as T);
}
