// What lies over the chats for a moment: one sheet at a time, with what it is about. Each sheet loads what it
// needs when it opens; the SDK keeps everything else.
import type { AccountId, ConversationId } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
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
import { type Added, addPeople } from './adding.ts';
import { inBackground } from './background.ts';
import type { Host } from './host.ts';
import { Model } from './model.ts';
import { errorText } from './recovery-key.ts';
import { contactsOf, contentOf, conversationOf, findPeople, fits, linksOf } from './sheet-content.ts';

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
  | { readonly type: 'added'; readonly added: readonly Added[] }
  | { readonly type: 'links'; readonly of: ConversationId }
  | { readonly type: 'encryption' }
  | { readonly type: 'recovery_key' }
  | { readonly type: 'get_chats' }
  | { readonly type: 'link_device' }
  | { readonly type: 'shut_out'; readonly device: DeviceView }
  | { readonly type: 'compare_codes'; readonly account: AccountId }
  | { readonly type: 'picture'; readonly of: ConversationId }
  | { readonly type: 'report'; readonly of: ConversationId }
  /** Of one chat, or of all. */
  | { readonly type: 'starred'; readonly of: ConversationId | null };

export interface SheetView {
  readonly sheet: Sheet | null;
  readonly query: string;
  readonly people: readonly PersonView[];
  /** The server has not yet said whom else it knows. */
  readonly searching: boolean;
  readonly chosen: readonly PersonView[];
  readonly chosenChats: readonly ConversationId[];
  readonly rooms: readonly RoomView[] | null;
  /** Where the list of rooms goes on. */
  readonly roomsCursor: string | null;
  readonly devices: readonly DeviceView[] | null;
  readonly invites: readonly InviteView[] | null;
  readonly link: InviteView | null;
  readonly info: MessageInfoView | null;
  readonly starred: readonly MessageView[] | null;
  /** What the sheet shows is on its way. */
  readonly loading: boolean;
  /** Why it could not be loaded. */
  readonly failed: string | null;
  readonly busy: boolean;
  readonly error: string | null;
}

export interface Sheets extends Pick<Model<SheetView>, 'snapshot' | 'subscribe'> {
  open(sheet: Sheet): void;
  /** Loads the open sheet again. */
  retry(): void;
  close(): void;
  setQuery(query: string): void;
  choose(person: PersonView): void;
  chooseChat(id: ConversationId): void;
  writeTo(who: string): Promise<void>;
  createGroup(title: string): Promise<void>;
  createRoom(room: { title: string; topic: string; access: 'open' | 'invite' }): Promise<void>;
  joinRoom(id: ConversationId): Promise<void>;
  moreRooms(): Promise<void>;
  /** `share`: so many earlier messages are sent to each who is in at once; groups only. */
  addMembers(share?: number): Promise<void>;
  /** With `approval` whoever follows it waits to be let in. */
  makeLink(approval?: boolean): Promise<void>;
  revokeLink(invite: InviteView): Promise<void>;
  signOutDevice(device: DeviceView): Promise<void>;
  /** A device that was lost or stolen: nothing that it holds opens what comes. The new recovery key is shown then. */
  shutOut(device: DeviceView, password: string): Promise<void>;
  /** Runs any other action of a sheet, showing that it is busy and what went wrong. True when it went well. */
  run(action: () => Promise<unknown>): Promise<boolean>;
}

const closed: SheetView = {
  sheet: null,
  query: '',
  people: [],
  searching: false,
  chosen: [],
  chosenChats: [],
  rooms: null,
  roomsCursor: null,
  devices: null,
  invites: null,
  link: null,
  info: null,
  starred: null,
  loading: false,
  failed: null,
  busy: false,
  error: null,
};

const noticeMs = 6_000;
/** Not for every key: whoever looks up handles has a limit. */
const searchDelayMs = 180;

/** The sheets of one client. `show` opens a conversation on screen. */
export function createSheets(client: Client, host: Host, show: (conversation: Conversation) => void): Sheets {
  const model = new Model<SheetView>(closed);
  let cancelSearch: (() => void) | null = null;
  const run = async (action: () => Promise<unknown>, textOf = generalText): Promise<boolean> => {
    if (model.snapshot.busy) return false;
    model.update({ busy: true, error: null });
    try {
      await action();
      return true;
    } catch (error) {
      const text = textOf(error);
      model.update({ error: text });
      // Without a sheet it is said for a moment over the chats.
      host.after(
        noticeMs,
        () => model.snapshot.sheet === null && model.snapshot.error === text && model.update({ error: null }),
      );
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
  const load = async (sheet: Sheet) => {
    model.update({ loading: true, failed: null });
    try {
      const loaded = await contentOf(client, sheet);
      if (model.snapshot.sheet === sheet) model.update({ ...loaded, loading: false });
    } catch (error) {
      const failed = words.error((error as { code?: string }).code ?? '');
      if (model.snapshot.sheet === sheet) model.update({ failed, loading: false });
    }
  };

  const find = async (query: string) => {
    const found = await findPeople(client, query);
    if (model.snapshot.query !== query) return;
    const known = new Set(model.snapshot.people.map((p) => p.account));
    const others = found.filter((p) => !known.has(p.account));
    model.update({ people: [...model.snapshot.people, ...others], searching: false });
  };
  const setQuery = (query: string) => {
    cancelSearch?.();
    const people = contactsOf(client).filter((person) => fits(person, query));
    model.update({ query, people, searching: query.trim() !== '' });
    if (query.trim() !== '') cancelSearch = host.after(searchDelayMs, () => inBackground(find(query)));
  };

  client.devices.subscribe(() => {
    const { sheet } = model.snapshot;
    if (sheet?.type === 'settings') inBackground(load(sheet));
  });

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    open: (sheet) => {
      model.set({ ...closed, sheet });
      inBackground(load(sheet));
    },
    retry: () => {
      const { sheet } = model.snapshot;
      if (sheet !== null) inBackground(load(sheet));
    },
    close: () => model.set(closed),
    setQuery,
    choose: (person) => {
      const { chosen } = model.snapshot;
      const without = chosen.filter((p) => p.account !== person.account);
      const full = without.length >= limits.maxFoundingMembers - 1;
      const isAdded = without.length === chosen.length && !full;
      model.update({ chosen: isAdded ? [...chosen, person] : without });
      // The next one is another search.
      if (isAdded && model.snapshot.query !== '') setQuery('');
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
    moreRooms: async () => {
      const { rooms, roomsCursor } = model.snapshot;
      if (rooms === null || roomsCursor === null) return;
      await run(async () => {
        const { items, nextCursor } = await client.rooms.list(roomsCursor);
        model.update({ rooms: [...rooms, ...items], roomsCursor: nextCursor });
      });
    },
    addMembers: async (share = 0) => {
      const { sheet, chosen } = model.snapshot;
      if (sheet?.type !== 'add_members') return;
      const conversation = conversationOf(client, sheet.to);
      await run(async () => {
        const added = await addPeople(client, conversation.members, chosen, async ({ account }) => {
          if (share > 0) await conversation.shareHistory(account, share);
        });
        const all = added.every(({ outcome, hint }) => outcome === 'added' && hint === '');
        model.set(all ? closed : { ...closed, sheet: { type: 'added', added } });
      });
    },
    makeLink: async (approval = false) => {
      const { sheet } = model.snapshot;
      if (sheet === null) return;
      const links = linksOf(client, sheet);
      await run(async () => model.update({ link: await links.create({ approval }), invites: await links.list() }));
    },
    revokeLink: async (invite) => {
      const { sheet } = model.snapshot;
      if (sheet === null) return;
      const links = linksOf(client, sheet);
      await run(async () => {
        await links.revoke(invite.invite);
        model.update({ invites: await links.list(), link: null });
      });
    },
    signOutDevice: async (device) => {
      await run(async () => {
        await client.devices.revoke(device.device);
        model.update({ devices: await client.devices.list() });
      });
    },
    shutOut: async (device, password) => {
      const isDone = await run(async () => {
        const there = await client.devices.list();
        if (there.some((one) => one.device === device.device)) await client.devices.revoke(device.device);
        await client.encryption.shutOut(password);
      }, errorText);
      if (isDone) model.set({ ...closed, sheet: { type: 'recovery_key' } });
    },
    run: (action) => run(action),
  };
}

function generalText(error: unknown): string {
  return words.error((error as { code?: string }).code ?? '');
}
