// What lies over the chats for a moment: one sheet at a time, with what it is about. Each sheet loads what it
// needs when it opens; the SDK keeps everything else.
import { type AccountId, type ConversationId, limits } from '@parley/protocol';
import type {
  Client,
  Conversation,
  DeviceView,
  InviteView,
  MessageInfoView,
  MessageView,
  PersonView,
  RoomView,
} from '@parley/sdk';
import { words } from '../words/words.ts';
import { Model } from './model.ts';

/** Which sheet is open. */
export type Sheet =
  | { readonly type: 'new_chat' }
  | { readonly type: 'new_group' }
  | { readonly type: 'new_room' }
  | { readonly type: 'rooms' }
  | { readonly type: 'invite' }
  | { readonly type: 'settings' }
  | { readonly type: 'forward'; readonly message: MessageView; readonly from: ConversationId }
  | { readonly type: 'message_info'; readonly message: MessageView; readonly from: ConversationId }
  | { readonly type: 'add_members'; readonly to: ConversationId }
  | { readonly type: 'links'; readonly of: ConversationId };

export interface SheetView {
  readonly sheet: Sheet | null;
  readonly query: string;
  readonly people: readonly PersonView[];
  readonly chosen: readonly PersonView[];
  readonly chosenChats: readonly ConversationId[];
  readonly rooms: readonly RoomView[] | null;
  readonly devices: readonly DeviceView[] | null;
  readonly invites: readonly InviteView[] | null;
  readonly link: InviteView | null;
  readonly info: MessageInfoView | null;
  readonly busy: boolean;
  readonly error: string | null;
}

export interface Sheets extends Pick<Model<SheetView>, 'snapshot' | 'subscribe'> {
  open(sheet: Sheet): void;
  close(): void;
  setQuery(query: string): void;
  choose(person: PersonView): void;
  chooseChat(id: ConversationId): void;
  writeTo(who: string): Promise<void>;
  createGroup(title: string): Promise<void>;
  createRoom(room: { title: string; topic: string; access: 'open' | 'invite' }): Promise<void>;
  joinRoom(id: ConversationId): Promise<void>;
  addMembers(): Promise<void>;
  makeLink(): Promise<void>;
  revokeLink(invite: InviteView): Promise<void>;
  signOutDevice(device: DeviceView): Promise<void>;
  /** Runs any other action of a sheet, showing that it is busy and what went wrong. True when it went well. */
  run(action: () => Promise<unknown>): Promise<boolean>;
}

const closed: SheetView = {
  sheet: null,
  query: '',
  people: [],
  chosen: [],
  chosenChats: [],
  rooms: null,
  devices: null,
  invites: null,
  link: null,
  info: null,
  busy: false,
  error: null,
};

/** The sheets of one client. `show` opens a conversation on screen. */
export function createSheets(client: Client, show: (conversation: Conversation) => void): Sheets {
  const model = new Model<SheetView>(closed);
  const conversationOf = (id: ConversationId) => {
    const found = client.conversation(id);
    if (found === null) throw new Error('a sheet is about a conversation of this client');
    return found;
  };

  const run = async (action: () => Promise<unknown>): Promise<boolean> => {
    if (model.snapshot.busy) return false;
    model.update({ busy: true, error: null });
    try {
      await action();
      return true;
    } catch (error) {
      model.update({ error: words.error((error as { code?: string }).code ?? '') });
      return false;
    } finally {
      model.update({ busy: false });
    }
  };
  const thenShow = async (action: () => Promise<Conversation>) => {
    await run(async () => {
      const conversation = await action();
      model.set(closed);
      show(conversation);
    });
  };
  const links = (sheet: Sheet) => (sheet.type === 'links' ? conversationOf(sheet.of).links : client.invites);

  const load = async (sheet: Sheet) => {
    switch (sheet.type) {
      case 'rooms':
        return model.update({ rooms: (await client.rooms.list()).items });
      case 'settings':
        return model.update({ devices: await client.devices.list() });
      case 'invite':
      case 'links':
        return model.update({ invites: await links(sheet).list() });
      case 'message_info':
        return model.update({
          info: sheet.message.seq === null ? null : await conversationOf(sheet.from).info(sheet.message.seq),
        });
      case 'new_chat':
      case 'new_group':
      case 'add_members':
        return model.update({ people: contactsOf(client) });
    }
  };

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    open: (sheet) => {
      model.set({ ...closed, sheet });
      void run(() => load(sheet) ?? Promise.resolve());
    },
    close: () => model.set(closed),
    setQuery: (query) => {
      model.update({ query, people: contactsOf(client).filter((person) => fits(person, query)) });
      void find(client, query).then((found) => {
        if (model.snapshot.query !== query || found.length === 0) return;
        const known = new Set(model.snapshot.people.map((p) => p.account));
        model.update({ people: [...model.snapshot.people, ...found.filter((p) => !known.has(p.account))] });
      });
    },
    choose: (person) => {
      const { chosen } = model.snapshot;
      const without = chosen.filter((p) => p.account !== person.account);
      const full = without.length >= limits.maxFoundingMembers - 1;
      model.update({ chosen: without.length < chosen.length || full ? without : [...chosen, person] });
    },
    chooseChat: (id) => {
      const { chosenChats } = model.snapshot;
      const without = chosenChats.filter((c) => c !== id);
      const full = without.length >= limits.forwardConversations;
      model.update({ chosenChats: without.length < chosenChats.length || full ? without : [...chosenChats, id] });
    },
    writeTo: (who) => thenShow(() => client.createDirect(who)),
    createGroup: (title) =>
      thenShow(() =>
        client.createGroup(
          title.trim(),
          model.snapshot.chosen.map((p) => p.account),
        ),
      ),
    createRoom: (room) =>
      thenShow(() => client.createRoom({ title: room.title.trim(), topic: room.topic.trim(), access: room.access })),
    joinRoom: (id) => thenShow(() => client.rooms.join(id)),
    addMembers: async () => {
      const { sheet, chosen } = model.snapshot;
      if (sheet?.type !== 'add_members') return;
      const members = conversationOf(sheet.to).members;
      if (
        await run(
          async () =>
            void (await addAll(
              members,
              chosen.map((p) => p.account),
            )),
        )
      )
        model.set(closed);
    },
    makeLink: async () => {
      const { sheet } = model.snapshot;
      if (sheet !== null)
        await run(async () => model.update({ link: await links(sheet).create(), invites: await links(sheet).list() }));
    },
    revokeLink: async (invite) => {
      const { sheet } = model.snapshot;
      if (sheet === null) return;
      await run(async () => {
        await links(sheet).revoke(invite.invite);
        model.update({ invites: await links(sheet).list(), link: null });
      });
    },
    signOutDevice: async (device) => {
      await run(async () => {
        await client.devices.revoke(device.device);
        model.update({ devices: await client.devices.list() });
      });
    },
    run,
  };
}

async function addAll(members: Conversation['members'], accounts: readonly AccountId[]): Promise<void> {
  for (const account of accounts) await members.add(account);
}

/** People of direct chats, in the order of the list. */
function contactsOf(client: Client): readonly PersonView[] {
  return client.conversations.snapshot
    .filter((chat) => chat.kind === 'direct' && chat.peer !== null && chat.request !== 'in')
    .map((chat) => (chat.peer === null ? null : client.people.get(chat.peer)))
    .filter((person) => person !== null && !person.deleted) as readonly PersonView[];
}

function fits(person: PersonView, query: string): boolean {
  const wanted = query.trim().replace(/^@/, '').toLowerCase();
  return (
    person.handle.startsWith(wanted) ||
    person.name
      .toLowerCase()
      .split(/\s+/)
      .some((word) => word.startsWith(wanted))
  );
}

async function find(client: Client, query: string): Promise<readonly PersonView[]> {
  const wanted = query.trim().replace(/^@/, '').toLowerCase();
  if (wanted.length < limits.minHandleCharacters) return [];
  const own = client.me.snapshot.account;
  const [listed, exact] = await Promise.all([
    client.people.search(wanted).catch(() => []),
    client.people.find(wanted).then(
      (person) => [person],
      () => [],
    ),
  ]);
  const byAccount = new Map([...exact, ...listed].map((person) => [person.account, person]));
  byAccount.delete(own);
  return [...byAccount.values()];
}
