// What people do in a run: they talk, correct themselves, take back, react, read, type, make groups and rooms, come and
// go, hide and block. Whom they are and what they pick comes from the run's chance alone.
import type { AccountId, ConversationId } from '@parley/protocol';
import { ChatError, type Client, type Conversation, type ConversationView, type MessageView } from '@parley/sdk';
import type { Chance } from './chance.ts';
import type { Device, Program } from './device.ts';
import { saidIn, textOf } from './said.ts';

/** What the workload asks of the world. */
export interface WorkWorld {
  readonly chance: Chance;
  readonly accounts: readonly AccountId[];
  readonly note: (where: string, what: string) => void;
  readonly bug: (where: string, error: unknown) => void;
  /** Messages that an account hides from itself: `account conversation seq`. */
  readonly hidden: Set<string>;
  /** Accounts that have switched their read receipts. */
  readonly switched: Set<AccountId>;
}

/** One person at one program. */
interface Act extends WorkWorld {
  readonly device: Device;
  readonly client: Client;
  readonly program: Program;
  readonly work: Workload;
}

type Deed = (act: Act) => Promise<unknown> | undefined;

/** What is done how often. */
const deeds: readonly (readonly [number, string, Deed])[] = [
  [40, 'says', say],
  [
    8,
    'says much',
    async (act) => {
      const view = pickConversation(act, maySpeak);
      for (let left = act.chance.between(3, 12); view !== null && left > 0; left--) await sayIn(act, view);
    },
  ],
  [8, 'edits', edit],
  [6, 'deletes', remove],
  [3, 'hides', hide],
  [
    8,
    'reacts',
    (act) => onMessage(act, (conversation, { seq }) => conversation.react(seq, act.chance.pick(['👍', '❤️', '']))),
  ],
  [3, 'stars', (act) => onMessage(act, (conversation, { seq }) => conversation.star(seq, act.chance.happens(0.7)))],
  [20, 'reads', read],
  [15, 'types', (act) => onConversation(act, maySpeak, async (conversation) => conversation.typing())],
  [
    2,
    'drafts',
    (act) => onConversation(act, anywhere, async (conversation) => conversation.setDraft('half a thought')),
  ],
  [
    2,
    'archives',
    (act) => onConversation(act, anywhere, (conversation) => conversation.archive(act.chance.happens(0.5))),
  ],
  [1, 'clears', clear],
  [4, 'scrolls', (act) => onConversation(act, anywhere, async (_, view) => act.program.screen.scroll(view.id))],
  [3, 'looks at people', async (act) => act.program.screen.watch([act.chance.pick(act.accounts)])],
  [
    3,
    'writes to somebody',
    async (act) => {
      const conversation = await act.client.createDirect(act.chance.pick(act.accounts));
      if (maySpeak(conversation.snapshot)) await sayIn(act, conversation.snapshot);
    },
  ],
  [
    3,
    'accepts',
    (act) =>
      onConversation(
        act,
        (view) => view.request === 'in',
        (conversation) => conversation.accept(),
      ),
  ],
  [
    2,
    'makes a group',
    async (act) => {
      const others = act.accounts.filter((each) => each !== act.device.account && act.chance.happens(0.6));
      await act.client.createGroup(`group ${act.chance.below(1_000)}`, others);
    },
  ],
  [2, 'makes a room', (act) => act.client.createRoom({ title: 'a room' })],
  [
    3,
    'joins a room',
    async (act) => {
      const { items } = await act.client.rooms.list();
      if (items.length > 0) await act.client.rooms.join(act.chance.pick(items).id);
    },
  ],
  [
    3,
    'adds a member',
    (act) => onConversation(act, leads, (conversation) => conversation.members.add(act.chance.pick(act.accounts))),
  ],
  [
    2,
    'removes a member',
    (act) => onConversation(act, leads, (conversation) => conversation.members.remove(act.chance.pick(act.accounts))),
  ],
  [
    1,
    'gives a role',
    (act) =>
      onConversation(act, leads, (conversation) =>
        conversation.members.setRole(act.chance.pick(act.accounts), act.chance.pick(['admin', 'member', 'owner'])),
      ),
  ],
  [
    2,
    'leaves',
    (act) =>
      onConversation(
        act,
        (view) => view.kind !== 'direct' && view.role !== null,
        (conversation) => conversation.leave(),
      ),
  ],
  [2, 'shows presence', (act) => act.client.settings.setPresence(act.chance.pick(['everyone', 'contacts', 'nobody']))],
  [
    1,
    'shows reading',
    (act) => {
      act.switched.add(act.device.account);
      return act.client.settings.setReadReceipts(act.chance.happens(0.6));
    },
  ],
];

const weight = deeds.reduce((sum, [each]) => sum + each, 0);

/** Everything that people do. */
export class Workload {
  readonly #world: WorkWorld;
  readonly #counts = new Map<string, number>();
  #programs = 0;
  #deeds = 0;
  readonly #names = new Map<Program, string>();
  /** Deeds that are under way, as `device deed (number)`. */
  readonly #open = new Set<string>();
  constructor(world: WorkWorld) {
    this.#world = world;
  }

  /** What is not done yet, in words. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  /** Before anything goes wrong: the first one makes a room that the others join, and a group with those it knows. */
  async begin([first, ...others]: readonly Device[], knows: (other: AccountId) => boolean): Promise<void> {
    if (first === undefined) return;
    const { chance, accounts } = this.#world;
    if (chance.happens(0.5))
      this.#do(first, 'makes a group', (act) => act.client.createGroup('group', accounts.filter(knows)));
    if (!chance.happens(0.5)) return;
    const room = await first.program.client.createRoom({ title: 'a room' });
    for (const other of others) this.#do(other, 'joins the room', (act) => act.client.rooms.join(room.id));
  }

  /** Somebody at one of these devices does something. */
  step(devices: readonly Device[]): void {
    const device = this.#world.chance.pick(devices);
    const [, name, deed] = pickDeed(this.#world.chance.below(weight));
    this.#do(device, name, deed);
  }

  #do(device: Device, name: string, deed: Deed): void {
    const { chance, note, bug } = this.#world;
    const program = chance.pick([...device.programs]);
    note(device.name, name);
    const act: Act = { ...this.#world, device, program, client: program.client, work: this };
    const open = `${device.name} ${name} (${++this.#deeds})`;
    this.#open.add(open);
    const over = () => this.#open.delete(open);
    program.life.onEnd(over);
    const done = async () => deed(act);
    program.life
      .hold(done())
      .catch((error: unknown) => {
        if (!(error instanceof ChatError) || error.code === 'internal') bug(`${device.name} ${name}`, error);
      })
      .finally(over);
  }

  /** The next number of this program in this conversation. */
  count(program: Program, conversation: ConversationId): { readonly by: string; readonly n: number } {
    let by = this.#names.get(program);
    if (by === undefined) {
      by = `p${++this.#programs}`;
      this.#names.set(program, by);
    }
    const key = `${by} ${conversation}`;
    const n = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, n);
    return { by, n };
  }
}

/** The deed at this point of the wheel. */
function pickDeed(point: number): (typeof deeds)[number] {
  let passed = 0;
  for (const deed of deeds) {
    passed += deed[0];
    if (point < passed) return deed;
  }
  throw new Error('the wheel has a gap');
}

type Kept = MessageView & { readonly seq: number };

const anywhere = () => true;
const maySpeak = (view: ConversationView) => view.role !== null && view.request !== 'in' && !view.blocked;
const leads = (view: ConversationView) => view.role === 'owner' || view.role === 'admin';

function say(act: Act): Promise<unknown> | undefined {
  const view = pickConversation(act, maySpeak);
  return view === null ? undefined : sayIn(act, view);
}

async function sayIn(act: Act, { id }: ConversationView): Promise<void> {
  const { client, device, work, program, chance } = act;
  const target = chance.happens(0.15) ? pickMessage(act, id) : null;
  const text = textOf({ sender: device.account, conversation: id, ...work.count(program, id), edit: 0 });
  await client.conversation(id)?.send(text, target === null ? {} : { replyTo: target.seq });
}

function edit(act: Act): Promise<unknown> | undefined {
  return onMessage(act, async (conversation, message) => {
    const said = saidIn(message.text);
    if (said === null || !message.own || message.type !== 'text') return;
    await conversation.edit(message.seq, textOf({ ...said, edit: said.edit + 1 }));
  });
}

function remove(act: Act): Promise<unknown> | undefined {
  return onMessage(act, async (conversation, { seq, own }) => {
    if (own || leads(conversation.snapshot)) await conversation.deleteForEveryone(seq);
  });
}

function hide(act: Act): Promise<unknown> | undefined {
  return onMessage(act, async (conversation, { seq }) => {
    act.hidden.add(`${act.device.account} ${conversation.id} ${seq}`);
    await conversation.deleteForMe(seq);
  });
}

function clear(act: Act): Promise<unknown> | undefined {
  return onConversation(act, anywhere, async (conversation, { head }) => {
    for (let seq = 1; seq <= head; seq++) act.hidden.add(`${act.device.account} ${conversation.id} ${seq}`);
    await conversation.clear();
  });
}

function read(act: Act): Promise<unknown> | undefined {
  return onConversation(act, anywhere, async (conversation, view) => {
    const items = act.program.screen.timeline(view.id)?.items ?? [];
    const last = items.findLast((item) => item.seq !== null)?.seq;
    if (last !== undefined && last !== null) await conversation.markRead(last);
  });
}

function onMessage(
  act: Act,
  deed: (conversation: Conversation, message: Kept) => Promise<unknown>,
): Promise<unknown> | undefined {
  return onConversation(act, maySpeak, async (conversation, view) => {
    const message = pickMessage(act, view.id);
    if (message !== null) await deed(conversation, message);
  });
}

function onConversation(
  act: Act,
  which: (view: ConversationView) => boolean,
  deed: (conversation: Conversation, view: ConversationView) => Promise<unknown>,
): Promise<unknown> | undefined {
  const view = pickConversation(act, which);
  const conversation = view === null ? null : act.client.conversation(view.id);
  return view === null || conversation === null ? undefined : deed(conversation, view);
}

function pickConversation(
  { client, chance }: Act,
  which: (view: ConversationView) => boolean,
): ConversationView | null {
  const views = client.conversations.snapshot.filter(which);
  return views.length === 0 ? null : chance.pick(views);
}

function pickMessage({ program, chance }: Act, id: ConversationId): Kept | null {
  const items = (program.screen.timeline(id)?.items ?? []).filter((item): item is Kept => item.seq !== null);
  return items.length === 0 ? null : chance.pick(items.slice(-8));
}
