// A small town for the browser tests: people with chats, groups, a room, a request and a draft, made by SDK clients
// over a running server. The first of them is the one who looks; the others can be told to do something later.
import assert from 'node:assert/strict';
import type { Client, Conversation } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { seen, stands } from './live.ts';

export const password = 'correct horse battery';

const names = {
  ana: 'Ana Lind',
  mara: 'Mara Lindqvist',
  jonas: 'Jonas Weber',
  lin: 'Lin Okafor',
  noor: 'Noor Haddad',
  piotr: 'Piotr Zieliński',
  ada: 'Ada Moreau',
  sam: 'Sam Rivera',
  kai: 'Kai Tanaka',
} as const;

export type Resident = keyof typeof names;

export interface Town extends AsyncDisposable {
  readonly clients: Readonly<Record<Resident, Client>>;
  /** The chat of this name or with this person, as this resident has it. */
  readonly chat: (of: Resident, name: string) => Promise<Conversation>;
  /** Says it and waits for its place, so that what follows comes after it. */
  readonly say: (of: Resident, name: string, text: string, replyTo?: number) => Promise<number>;
}

/** Founds the town on an open server with the directory of members. */
export async function foundTown(url: string): Promise<Town> {
  const residents = Object.keys(names) as Resident[];
  await using opened = new AsyncDisposableStack();
  const made = await Promise.all(
    residents.map(async (handle) => {
      const client = await moveIn(url, handle, names[handle]);
      opened.defer(() => client.close());
      return client;
    }),
  );
  const clients = Object.fromEntries(residents.map((handle, at) => [handle, made[at]])) as Record<Resident, Client>;
  const town = townOf(clients);
  await settle(town);
  // Whoever has moved in stays, unless the town was not finished.
  opened.move();
  return town;
}

/** A new account with a client of its own, to whom others can write; the caller closes it. */
export async function moveIn(url: string, handle: string, name: string): Promise<Client> {
  const session = await entrance(url).signUp({ handle, name, password, deviceName: 'Laptop' });
  const client = await connect({ server: url, session });
  try {
    await Promise.all([client.caughtUp(), stands(client, { phase: 'ready' })]);
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

function townOf(clients: Record<Resident, Client>): Town {
  const chat = async (of: Resident, name: string) => {
    const client = clients[of];
    if (name in names) return client.createDirect(name);
    return seen(client.conversations, () => {
      const found = client.conversations.snapshot.find(({ title, notes }) => title === name || (notes && name === ''));
      return found === undefined ? null : client.conversation(found.id);
    });
  };
  return {
    clients,
    chat,
    say: async (of, name, text, replyTo) => {
      const conversation = await chat(of, name);
      return (await conversation.send(text, replyTo === undefined ? {} : { replyTo })).placed();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
    },
  };
}

/** Resolves when this holds of what the client shows. */
export async function holds(client: Client, done: () => boolean): Promise<void> {
  await seen(client.conversations, () => (done() ? true : null));
}

async function settle(town: Town): Promise<void> {
  const { clients, say } = town;
  const { ana } = clients;
  const accountOf = (who: Resident) => clients[who].me.snapshot.account;
  const group = async (title: string, members: readonly Resident[]) => {
    await ana.createGroup(title, members.map(accountOf));
    for (const who of members) await town.chat(who, title);
  };
  for (const who of ['piotr', 'noor', 'jonas', 'lin', 'mara', 'sam', 'ada'] as const) {
    await say('ana', who, 'Hello! I am here now too.');
    await readAll(town, who, await say(who, 'ana', 'Good to see you here 🙂'));
  }
  await group('Book circle', ['noor', 'ada']);
  const nine = await say('noor', 'Book circle', 'Chapter nine is the best so far, the one with the lighthouse');
  await readAll(town, 'Book circle', nine);
  await say('ana', 'piotr', 'Sounds good, let us do that');

  const desk = await clients.sam.createRoom({
    title: 'Help desk',
    topic: 'Questions about this server',
    access: 'open',
  });
  await ana.rooms.join(desk.id);
  for (let n = 1; n <= 26; n++) await say('sam', 'Help desk', `Answer ${n}: have you tried it with a fresh page?`);
  await say('sam', 'Help desk', 'Restart fixed it, thanks');
  await (await town.chat('ana', 'Help desk')).mute(ana.me.snapshot.createdAt + 300 * 86_400_000);

  await readAll(town, 'noor', await say('noor', 'ana', 'Are you coming to the concert on Friday?'));
  await group('Team Tuesday', ['sam', 'piotr']);
  await say('ana', 'Team Tuesday', 'Minutes are in the folder');
  (await town.chat('ana', 'jonas')).setDraft('I looked into the');
  await group('Garden club', ['ada', 'noor']);
  for (let n = 1; n <= 11; n++) await say('ada', 'Garden club', `Bed ${n} is watered`);
  await say('ada', 'Garden club', 'The first tomatoes 🍅');
  await say('lin', 'ana', 'Six at the station?');
  const six = await say('ana', 'lin', 'See you at six then!');
  await say('ana', '', 'Train 8:14, platform 5');
  await riverTrip(town, group);
  await readAll(town, 'mara', await say('mara', 'ana', 'Did you see the forecast? Sun the whole weekend'));
  await readAll(town, 'lin', six);
  await say('kai', 'ana', 'Hi Ana, we met at the boat hire. Is the trip open to others?');
}

async function riverTrip(
  town: Town,
  group: (title: string, members: readonly Resident[]) => Promise<void>,
): Promise<void> {
  const { say } = town;
  const trip = 'River trip';
  await group(trip, ['mara', 'jonas', 'lin']);
  await say('jonas', trip, 'Good morning everybody. I looked at the map: https://example.org/river');
  await say('mara', trip, 'Weather looks good for Saturday ☀️');
  const spot = await say(
    'mara',
    trip,
    'There is a flat meadow just below the old mill. This is the spot where we put in',
  );
  for (const who of ['jonas', 'lin', 'ana'] as const) await (await town.chat(who, trip)).react(spot, '😍');
  await say('ana', trip, 'Perfect. I booked two canoes, three seats each');
  const nine = await say('ana', trip, 'They open at nine');
  const thermos = 'I bring the *big* thermos, the stove and the coffee. Somebody else please take the cups';
  await readAll(town, trip, await say('jonas', trip, thermos));
  await say('lin', trip, 'Nine is fine. I will take the 8:14 train', nine);
  await say('lin', trip, 'Who brings lunch?');
  await say('jonas', trip, 'Bring the dry bags');
}

/** Everybody who is in it has read it up to there. */
async function readAll(town: Town, name: string, seq: number): Promise<void> {
  const { id } = await town.chat('ana', name);
  const inside = Object.values(town.clients).filter((client) => client.conversation(id) !== null);
  for (const client of inside) {
    const conversation = await seen(client.conversations, () => {
      const found = client.conversation(id);
      return found !== null && found.snapshot.head >= seq ? found : null;
    });
    await conversation.markRead(seq);
  }
}

/** With whom a client talks who has one chat of two. */
export function peerOf({ conversations }: Client) {
  return conversations.snapshot.find(({ peer }) => peer !== null)?.peer ?? assert.fail();
}
