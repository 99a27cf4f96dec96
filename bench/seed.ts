// People for the load generator, written through the server's own ports before it starts: accounts with a token each,
// their account log and notes as every sign-up makes them, a direct conversation for every two, and one group. Signing
// up thousands through argon2 would take minutes and measure nothing.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AccountId,
  type ConversationId,
  idFromBytes,
  limits,
  type MessageId,
  uuid7FromBytes,
} from '@parley/protocol';
import { claimOf } from '../packages/server/src/accounts/handles.ts';
import { mintToken, secretHash } from '../packages/server/src/accounts/tokens.ts';
import { files, logFolder } from '../packages/server/src/compose-files.ts';
import type { Directory, SignUp } from '../packages/server/src/directory/directory.ts';
import { openSqliteDirectory } from '../packages/server/src/directory/sqlite-directory.ts';
import { openDataFolder } from '../packages/server/src/host/data-folder.ts';
import { hostClock } from '../packages/server/src/kernel/clock.ts';
import { hostRandom, type Random } from '../packages/server/src/kernel/random.ts';
import { FileLog } from '../packages/server/src/log/file-log.ts';
import { openHostDisk } from '../packages/server/src/log/host-disk.ts';
import type { Log } from '../packages/server/src/log/log.ts';
import { partitionOf } from '../packages/server/src/log/partitions.ts';
import { accountLog, directConversation, madeConversation } from '../packages/server/src/sequencer/conversation-ids.ts';
import type { Change, MembersRecord } from '../packages/server/src/sequencer/record.ts';
import { encodeRecord } from '../packages/server/src/sequencer/record-codec.ts';

/** One connection of the load generator. */
export interface Person {
  readonly account: AccountId;
  readonly token: string;
}

/** How many there are. An even number of people; the group is made of the first of them. */
export interface Size {
  readonly people: number;
  readonly groupMembers: number;
}

/** Files for the load generator: one line a connection, "token account conversation". */
export interface Seeded {
  readonly pairs: string;
  readonly group: string;
}

/** Rows and records that are written at once. */
const atOnce = 2_000;

/** Fills an empty data folder; the load generator's files go to `out`. */
export async function seed(folder: string, out: string, size: Size): Promise<Seeded> {
  const people = makePeople(size.people, hostRandom);
  const group = groupRecords(people.slice(0, size.groupMembers), hostRandom);
  using data = openDataFolder(folder);
  {
    await using directory = await openSqliteDirectory(data.file(files.directory));
    await signUpAll(directory, people);
  }
  const log = await FileLog.open({
    disk: await openHostDisk(data.file(logFolder)),
    clock: hostClock,
    random: hostRandom,
    onFatal: (error) => {
      throw error;
    },
  });
  await appendAll(log, [...pairRecords(people), ...group]);
  await log[Symbol.asyncDispose]();
  await mkdir(out, { recursive: true });
  const pairs = join(out, 'pairs.txt');
  const all = join(out, 'group.txt');
  await writeFile(pairs, pairLines(people));
  await writeFile(
    all,
    lines(people.slice(0, size.groupMembers), () => group[0]?.conversation ?? ''),
  );
  return { pairs, group: all };
}

/** Accounts with tokens; nobody knows the tokens but the load generator. */
export function makePeople(count: number, random: Random): readonly Person[] {
  return Array.from({ length: count }, () => ({
    account: idFromBytes('a', random.bytes(16)) as AccountId,
    token: mintToken(random),
  }));
}

/** Account log and notes to self. */
export function ownRecords({ account }: Person, random: Random): readonly MembersRecord[] {
  return [
    create(account, accountLog(account), { kind: 'account', members: [account] }, random),
    create(account, directConversation(account, account), { kind: 'direct', members: [account] }, random),
  ];
}

/** Everything by which they talk in pairs. */
export function pairRecords(people: readonly Person[]): readonly MembersRecord[] {
  return [...people.flatMap((person) => ownRecords(person, hostRandom)), ...directRecords(people, hostRandom)];
}

/** A direct conversation of contacts for the first and second, third and fourth, and so on. */
export function directRecords(people: readonly Person[], random: Random): readonly MembersRecord[] {
  const records: MembersRecord[] = [];
  for (let at = 0; at + 1 < people.length; at += 2) {
    const [a, b] = [people[at] as Person, people[at + 1] as Person];
    const members = [a.account, b.account];
    records.push(create(a.account, directConversation(a.account, b.account), { kind: 'direct', members }, random));
  }
  return records;
}

/** A group of all of them, made by the first: as many founders as a creation takes, the others added after it. */
export function groupRecords(people: readonly Person[], random: Random): readonly MembersRecord[] {
  const [owner] = people;
  if (owner === undefined) return [];
  const accounts = people.map(({ account }) => account);
  const founders = accounts.slice(0, limits.maxFoundingMembers + 1);
  const id = newId(random);
  const conversation = madeConversation('group', owner.account, id);
  const first = create(owner.account, conversation, { kind: 'group', members: founders }, random, id);
  const added = accounts
    .slice(founders.length)
    .map((subject) => record(owner.account, conversation, { action: 'add', subject, role: 'member' }, newId(random)));
  return [first, ...added];
}

type Founding = Pick<Extract<Change, { readonly action: 'create' }>, 'kind' | 'members'>;

function create(
  sender: AccountId,
  conversation: ConversationId,
  founding: Founding,
  random: Random,
  id = newId(random),
): MembersRecord {
  const contact = founding.kind === 'direct' && founding.members.length === 2;
  const change = {
    action: 'create',
    title: '',
    topic: '',
    access: 'invite',
    history: 'none',
    contact,
    ...founding,
  } as const;
  return record(sender, conversation, change, id);
}

function record(sender: AccountId, conversation: ConversationId, change: Change, id: MessageId): MembersRecord {
  const stamp = hostClock.now();
  const tail = new Uint8Array();
  return { type: 'members', conversation, sender, device: null, id, lamport: 0, stamp, first: true, tail, change };
}

function newId(random: Random): MessageId {
  return uuid7FromBytes(hostClock.now(), random.bytes(10));
}

/** Makes their accounts, `most` of them at once; nothing is left to be done for any. */
export async function signUpAll(directory: Directory, people: readonly Person[], most = atOnce): Promise<void> {
  for (let from = 0; from < people.length; from += most) {
    const some = people.slice(from, from + most).map((person, n) => signUpOf(person, from + n));
    await Promise.all(some.map((signUp) => directory.accounts.signUp(signUp)));
    await Promise.all(some.map(({ intent }) => directory.intents.close(intent.intent)));
  }
}

function signUpOf({ account, token }: Person, n: number): SignUp {
  const handle = `bench${letters(n)}`;
  const createdAt = hostClock.now();
  return {
    account: {
      account,
      handle,
      name: handle,
      about: '',
      kind: 'person',
      admin: n === 0,
      state: 'active',
      passwordHash: null,
      createdAt,
    },
    claim: claimOf(handle),
    login: {
      device: {
        device: idFromBytes('d', hostRandom.bytes(16)) as SignUp['login']['device']['device'],
        account,
        name: 'Load generator',
        createdAt,
        lastSeenAt: null,
        oldTokenUsedAt: null,
        provedAt: null,
      },
      tokenHash: secretHash(token),
    },
    inviteHash: null,
    intent: { intent: account.slice(2), kind: 'open', account, inviter: null, createdAt },
  };
}

/** A number in letters that nobody could take for another: handles that look alike are one. */
function letters(n: number): string {
  return n.toString().replaceAll(/\d/g, (digit) => 'abcdefghjk'[Number(digit)] ?? '');
}

/** Appends each where its conversation is. */
export async function appendAll(log: Log, records: readonly MembersRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += atOnce) {
    const some = records.slice(from, from + atOnce);
    await Promise.all(some.map((each) => log.append(partitionOf(each.conversation, log), encodeRecord(each))));
  }
}

/** A line for each, with the one beside it. */
export function pairLines(people: readonly Person[]): string {
  return lines(people, (person, at) => directOf(people, person, at));
}

function directOf(people: readonly Person[], { account }: Person, at: number): ConversationId {
  return directConversation(account, people[at ^ 1]?.account ?? account);
}

function lines(people: readonly Person[], conversationOf: (person: Person, at: number) => string): string {
  return people.map((person, at) => `${person.token} ${person.account} ${conversationOf(person, at)}\n`).join('');
}
