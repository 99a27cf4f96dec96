// A device as the acceptance tests use it: a few deeds over a whole client, all with plain values, so that the same
// deeds run in Node and on a page. Whatever waits here waits for what the client shows.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Client, Conversation, MessageView } from '@parley/sdk';
import { seen, shows, stands, unopened } from './live.ts';
import { type Sayings, sayingsOver } from './sayings.ts';
import { type Sights, sightsOver } from './sights.ts';

/** A message as a device has it: its text, or why it cannot be read. */
export interface Line {
  readonly seq: number;
  readonly text: string;
  readonly unreadable: MessageView['unreadable'];
}

/** What the tests ask of a device. */
export interface Device extends Sayings, Sights {
  account(): Promise<AccountId>;
  /** Resolves when its keys are there: those of a first device, or none yet. */
  stands(phase: 'ready' | 'needs_linking'): Promise<void>;
  /** Whoever likes adds this account to a group. */
  isOpen(): Promise<void>;
  direct(handle: string): Promise<ConversationId>;
  /** A group in which the server gives who comes in again what was said meanwhile, sealed as it is. */
  group(title: string, members: readonly AccountId[]): Promise<ConversationId>;
  add(conversation: ConversationId, account: AccountId): Promise<void>;
  remove(conversation: ConversationId, account: AccountId): Promise<void>;
  /** Resolves when this account is in the conversation, or is not any more. */
  belongs(conversation: ConversationId, isIn: boolean): Promise<void>;
  /** Resolves when the conversation has so many members here. */
  counts(conversation: ConversationId, members: number): Promise<void>;
  accept(conversation: ConversationId): Promise<void>;
  /** Says these, one after the other without a pause; resolves to their places. */
  say(conversation: ConversationId, texts: readonly string[]): Promise<readonly number[]>;
  /** Resolves when this stands among the newest messages. */
  hears(conversation: ConversationId, text: string): Promise<void>;
  /** Resolves when this stands at this place of the history. */
  finds(conversation: ConversationId, seq: number, text: string): Promise<void>;
  /** All there is of the conversation, once those at these places can be read. */
  lines(conversation: ConversationId, readable: readonly number[]): Promise<readonly Line[]>;
  /** Resolves when the newest are these, oldest first: a text, or in parentheses why there is none. */
  ends(conversation: ConversationId, rows: readonly string[]): Promise<void>;
  /** What was told as a message of somebody else since this was opened, once it is so much. */
  told(least: number): Promise<readonly string[]>;
  /** Says it without waiting until it goes out. */
  writes(conversation: ConversationId, text: string): Promise<void>;
  /** Resolves when it is shown that the list of the group is not in order, and why; or that it is again. */
  faults(conversation: ConversationId, fault: Conversation['snapshot']['listFault'] | 'any'): Promise<void>;
  members(conversation: ConversationId): Promise<readonly AccountId[]>;
  /** Resolves with whose identities have changed, once it is so many. */
  changed(count: number): Promise<Client['encryption']['snapshot']['changed']>;
  /** How somebody's identity stands, and the digits that both compare. */
  identity(account: AccountId): Promise<readonly [state: string, digits: string]>;
  confirm(account: AccountId): Promise<void>;
  /** The recovery key, in words, once everything that it opens is kept on the server. */
  recoveryWords(): Promise<string>;
  recover(words: string): Promise<void>;
  /** A new identity; the devices of before are in no other hands. */
  startOver(password: string): Promise<void>;
  /** A new device: what its code says. */
  code(url: string): Promise<string>;
  /** A linked one scans it: the digits that are to be typed there. */
  scan(code: string, password: string): Promise<string>;
  type(digits: string): Promise<void>;
  /** How much could not be opened, once nothing waits for a key. */
  unopened(): Promise<number>;
  close(): Promise<void>;
}

/** The deeds of this client. */
export function deviceOver(client: Client): Device {
  const chat = (id: ConversationId) => seen(client.conversations, () => client.conversation(id));
  const shown = async (id: ConversationId, done: (view: Conversation['snapshot']) => boolean) => {
    await seen(await chat(id), (view) => (done(view) ? true : null));
  };
  const told: string[] = [];
  const hearers = new Set<() => void>();
  client.onMessage(({ text }) => {
    told.push(text);
    for (const hear of hearers) hear();
  });
  return {
    account: async () => client.me.snapshot.account,
    stands: (phase) => stands(client, { phase }),
    isOpen: async () => {
      await client.settings.setAdding('everyone');
      await client.flushed();
    },
    direct: async (handle) => (await client.createDirect(handle)).id,
    group: async (title, members) => {
      const group = await client.createGroup(title, members);
      await group.update({ history: 'all' });
      return group.id;
    },
    add: async (id, account) => {
      await (await chat(id)).members.add(account);
    },
    remove: async (id, account) => (await chat(id)).members.remove(account),
    belongs: (id, isIn) => shown(id, ({ role }) => (role !== null) === isIn),
    counts: (id, members) => shown(id, ({ memberCount }) => memberCount === members),
    accept: async (id) => (await chat(id)).accept(),
    say: async (id, texts) => {
      const conversation = await chat(id);
      const sent = await Promise.all(texts.map((text) => conversation.send(text)));
      return Promise.all(sent.map((message) => message.placed()));
    },
    hears: async (id, text) => {
      const timeline = (await chat(id)).timeline();
      await shows(timeline, text);
      timeline.close();
    },
    finds: async (id, seq, text) => {
      const timeline = (await chat(id)).timeline({ at: seq });
      await seen(timeline, ({ items }) => (items.some((item) => item.seq === seq && item.text === text) ? true : null));
      timeline.close();
    },
    lines: async (id, readable) => allOf(await chat(id), readable),
    ends: async (id, rows) => {
      const timeline = (await chat(id)).timeline();
      await seen(timeline, ({ items }) =>
        items.slice(-rows.length).map(rowOf).join('\n') === rows.join('\n') ? true : null,
      );
      timeline.close();
    },
    told: async (least) => {
      while (told.length < least) await new Promise<void>((resolve) => hearers.add(resolve));
      hearers.clear();
      return told;
    },
    writes: async (id, text) => {
      await (await chat(id)).send(text);
    },
    faults: (id, fault) => shown(id, ({ listFault }) => (fault === 'any' ? listFault !== null : listFault === fault)),
    members: async (id) => (await chat(id)).members.snapshot.items.map(({ account }) => account),
    changed: (count) => seen(client.encryption, ({ changed }) => (changed.length === count ? changed : null)),
    identity: async (account) => {
      const { state, code } = await client.encryption.identity(account);
      return [state, code?.digits ?? ''];
    },
    confirm: (account) => client.encryption.confirmIdentity(account),
    recoveryWords: async () => {
      await stands(client, { recovery: 'offered' });
      const key = await client.encryption.recoveryKey();
      if (key === null) throw new Error('the first device offers the key');
      await client.encryption.saved();
      return key.words.join(' ');
    },
    recover: (words) => client.encryption.recover(words),
    startOver: (password) => client.encryption.startOver(password, 'safe'),
    code: async (url) => (await client.encryption.showPairing(url)).text ?? '',
    scan: async (code, password) => {
      await client.encryption.scanPairing(code, password);
      return seen(client.encryption, ({ pairing }) => pairing?.digits ?? null);
    },
    type: async (digits) => {
      await seen(client.encryption, ({ pairing }) => (pairing?.state === 'digits' ? true : null));
      await client.encryption.typePairing(digits);
    },
    unopened: () => unopened([client]),
    close: () => client.close(),
    ...sayingsOver(client),
    ...sightsOver(client),
  };
}

const rowOf = ({ type, text, unreadable }: MessageView): string =>
  type === 'undecryptable' ? `(${unreadable})` : text;

/** Every message of it, the oldest first, also of a chat that is longer than what a timeline holds at once. */
async function allOf(conversation: Conversation, readable: readonly number[]): Promise<readonly Line[]> {
  const timeline = conversation.timeline();
  const lines = new Map<number, Line>();
  const note = () => {
    for (const { seq, type, text, unreadable } of timeline.snapshot.items)
      if (seq !== null && (type === 'text' || type === 'undecryptable')) lines.set(seq, { seq, text, unreadable });
  };
  const readsAll = (seqs: readonly number[]) =>
    seen(timeline, ({ items }) =>
      seqs.every((seq) => items.some((item) => item.seq === seq && item.type !== 'undecryptable')) ? true : null,
    );
  // What still comes would push out at the other end what was read of the oldest.
  await readsAll(readable.slice(-1));
  note();
  while (timeline.snapshot.older !== 'end') {
    await timeline.loadOlder();
    note();
  }
  await readsAll(readable);
  note();
  timeline.close();
  return [...lines.values()].sort((a, b) => a.seq - b.seq);
}
