// People on a server that is going to be moved: with keys and folders of their own, everything that one does in a day, one
// who was away while others wrote, and two without the SDK, whose every frame is known.
import assert from 'node:assert/strict';
import type { ConversationId, Envelope, RouteResult } from '@parley/protocol';
import type { Client, Conversation } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { backedUp, lockedDevice, recoveryWords } from '../end-to-end/devices.ts';
import { seen, shows, stands, unopened } from '../end-to-end/live.ts';
import { readAll } from '../end-to-end/loss-checker.ts';
import { folderOfTest } from '../end-to-end/operated.ts';
import { directChat, type Person, password, signUp } from '../end-to-end/people.ts';
import { call } from '../end-to-end/rest.ts';
import { shaped } from '../end-to-end/shape.ts';

/** Somebody with a device that is opened again later. */
interface Resident {
  readonly token: string;
  readonly folder: string;
  client: Client;
}

/** What is told of everything by the server. */
export interface Told {
  readonly lines: Readonly<Record<string, readonly Envelope[]>>;
  readonly conversations: readonly unknown[];
  /** Of a `since` that was told here. */
  readonly since: string;
}

interface Changes {
  readonly items: readonly unknown[];
  readonly since: string;
  readonly has_more: boolean;
}

/** More than one page of a move. */
const many = 600;

interface Parts {
  readonly url: string;
  readonly residents: Readonly<Record<'ana' | 'ben' | 'cleo', Resident>>;
  /** Of the recovery key of Ana. */
  readonly words: string;
  readonly invite: { readonly invite_id: string };
  readonly chats: Readonly<Record<'direct' | 'group' | 'room', ConversationId>>;
  readonly dora: Person;
  readonly plain: ConversationId;
}

export class People {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Without the SDK. */
  get dora(): Person {
    return this.#parts.dora;
  }

  /** The chat that she writes in. */
  get plain(): ConversationId {
    return this.#parts.plain;
  }

  /** They move in, talk, and close their devices. */
  static async on(url: string): Promise<People> {
    const [ana, ben, cleo] = await Promise.all(['ana', 'ben', 'cleo'].map((handle) => moveIn(url, handle)));
    assert.ok(ana !== undefined && ben !== undefined && cleo !== undefined);
    const direct = await talk(ana.client, ben.client);
    await meet(ana.client, cleo.client);
    const group = await ana.client.createGroup(
      'Trip',
      [ben, cleo].map(({ client }) => client.me.snapshot.account),
    );
    await (await group.send('who is in?')).placed();
    const ofCleo = await found(cleo.client, group.id);
    await shows(ofCleo.timeline(), 'who is in?');
    await (await ofCleo.send('I am')).placed();
    await cleo.client.close();
    await (await group.send('while Cleo was away')).placed();
    const room = await ben.client.createRoom({ title: 'Desk', topic: 'Questions', access: 'open' });
    await ana.client.rooms.join(room.id);
    await (await (await found(ana.client, room.id)).send('in the open')).placed();
    await group.mute(ana.client.me.snapshot.createdAt + 300 * 86_400_000);
    await group.setTimer(86_400);
    await (await group.send('gone tomorrow')).placed();
    const words = await recoveryWords(ana.client);
    await ana.client.flushed();
    await backedUp(url, ana.token, 2);
    const invite = await call<{ invite_id: string }>(url, 'POST', '/v1/invites', { token: ana.token, body: {} });
    await Promise.all([ana, ben].map(({ client }) => client.close()));
    const [dora, emil] = [await signUp(url, 'dora'), await signUp(url, 'emil')];
    const plain = await directChat(url, dora, emil);
    const path = `/v1/conversations/${plain}/messages`;
    for (let n = 0; n < many; n++) await call(url, 'POST', path, { token: dora.token, body: shaped(`number ${n}`) });
    await dora.client.connect(url);
    const chats = { direct: direct.id, group: group.id, room: room.id };
    return new People({ url, residents: { ana, ben, cleo }, words, invite, dora, plain, chats });
  }

  /** As the server tells it. */
  async told(): Promise<Told> {
    const { url, residents, chats } = this.#parts;
    const { ana } = residents;
    const lines: Record<string, readonly Envelope[]> = { plain: await readAll(url, this.dora.token, this.plain) };
    for (const [name, id] of Object.entries(chats)) lines[name] = await readAll(url, ana.token, id);
    const { items } = await call<RouteResult<'listConversations'>>(url, 'GET', '/v1/conversations?limit=100', ana);
    const { since } = await this.changes(null);
    return { lines, conversations: items.map(inOrder), since };
  }

  /** All that changed since, for Ana. */
  async changes(since: string | null): Promise<Changes> {
    const { url, residents } = this.#parts;
    const items: unknown[] = [];
    for (let from = since; ; ) {
      const query = from === null ? '' : `?since=${encodeURIComponent(from)}`;
      const page = await call<Changes>(url, 'GET', `/v1/sync${query}`, residents.ana);
      items.push(...page.items);
      if (!page.has_more) return { ...page, items };
      from = page.since;
    }
  }

  /** Their devices are opened again, read what came meanwhile, and write to each other; a new device reads what was. */
  async goOn(): Promise<void> {
    const { url, residents, chats, words, invite } = this.#parts;
    const { ana, ben, cleo } = residents;
    const { direct, group } = chats;
    for (const each of [ana, ben, cleo]) each.client = await connect({ server: url, folder: each.folder });
    const clients = [ana.client, ben.client, cleo.client];
    await Promise.all(clients.map((client) => client.caughtUp()));
    const line = (await found(cleo.client, group)).timeline();
    await shows(line, 'while Cleo was away');
    await (await (await found(cleo.client, group)).send('back again')).placed();
    await shows((await found(ben.client, group)).timeline(), 'back again');
    const ofBen = (await found(ben.client, direct)).timeline();
    await (await (await found(ana.client, direct)).send('from the cluster')).placed();
    await shows(ofBen, 'from the cluster');
    assert.deepEqual(
      ofBen.snapshot.items.flatMap(({ type, text, edited }) => (type === 'text' ? [[text, edited === true]] : [])),
      [
        ['hello, better', true],
        ['hello Ana', false],
        ['from the cluster', false],
      ],
    );
    const invites = await call<{ items: { invite_id: string }[] }>(url, 'GET', '/v1/invites', ana);
    assert.deepEqual(
      invites.items.map(({ invite_id: id }) => id),
      [invite.invite_id],
    );
    const phone = await lockedDevice(url, 'ana');
    await phone.encryption.recover(words);
    await shows((await found(phone, direct)).timeline(), 'hello, better');
    assert.equal(await unopened([...clients, phone]), 0);
    await Promise.all([...clients, phone].map((client) => client.close()));
  }
}

/** Watermarks come in any order. */
function inOrder({ marks = [], ...rest }: Partial<RouteResult<'getConversation'>>) {
  return { ...rest, marks: marks.toSorted((a, b) => (a.account < b.account ? -1 : 1)) };
}

async function moveIn(url: string, handle: string): Promise<Resident> {
  const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Laptop' });
  const folder = await folderOfTest();
  const client = await connect({ server: url, session, folder });
  await stands(client, { phase: 'ready' });
  assert.ok(session.token !== null);
  return { token: session.token, folder, client };
}

/** A chat in which everything happened that happens to messages. */
async function talk(ana: Client, ben: Client): Promise<Conversation> {
  const direct = await ana.createDirect('ben');
  const first = await (await direct.send('hello')).placed();
  const back = await ben.createDirect('ana');
  await shows(back.timeline(), 'hello');
  await back.accept();
  const answer = await (await back.send('hello Ana')).placed();
  await (await direct.edit(first, 'hello, better')).placed();
  await (await direct.react(answer, '🙂')).placed();
  const slip = await (await direct.send('said too much')).placed();
  await (await direct.deleteForEveryone(slip)).placed();
  await back.markRead(answer);
  await direct.markRead(answer);
  await direct.star(answer, true);
  return direct;
}

/** They may add each other to groups from now on. */
async function meet(ana: Client, cleo: Client): Promise<void> {
  const direct = await ana.createDirect('cleo');
  await (await direct.send('hello')).placed();
  const back = await cleo.createDirect('ana');
  await shows(back.timeline(), 'hello');
  await back.accept();
  const answer = await (await back.send('hello Ana')).placed();
  await shows(direct.timeline(), 'hello Ana');
  await direct.markRead(answer);
}

async function found(client: Client, id: ConversationId): Promise<Conversation> {
  return seen(client.conversations, () => client.conversation(id));
}
