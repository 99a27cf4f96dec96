// Is everything the same everywhere? Every device is connected and owes nothing; all devices of an account show the
// same; what two people see of one conversation agrees; ticks and unread counts are what the ledger says they must be.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { ConversationView, MessageView } from '@parley/sdk';
import type { Marks } from './act.ts';
import type { Device, Program } from './device.ts';
import type { Chapter, Ledger } from './ledger.ts';
import { compareFields, compareItems, compareLooks, type Look, type Ticks } from './looks.ts';
import type { World } from './world.ts';

/** What is still different, in words; nothing when all is well. */
export async function differences(world: World): Promise<readonly string[]> {
  const busy = await unfinished(world);
  if (busy.length > 0) return busy;
  const found: string[] = [];
  const byAccount = Map.groupBy(world.present, ({ account }) => account);
  for (const devices of byAccount.values()) found.push(...(await compareOwn(world, devices)));
  if (found.length === 0) found.push(...compareOthers(world, byAccount));
  if (found.length === 0) found.push(...world.present.flatMap((device) => missing(world, device)));
  return found.slice(0, 12);
}

/** Do its members read only what was said while they were in it, perhaps only for a while? */
function isBounded({ marks }: World, { id, kind }: ConversationView): boolean {
  return kind === 'group' || (kind === 'room' && marks.opened.has(id));
}

/** Who is not connected, or has something that waits. */
async function unfinished(world: World): Promise<readonly string[]> {
  if (!world.server.running) return ['the server does not run'];
  const found: string[] = [];
  for (const device of world.present) {
    if (device.programs.size === 0) found.push(`${device.name} does not run`);
    for (const { client } of device.programs) {
      const { phase } = client.state.snapshot;
      if (phase !== 'online') found.push(`${device.name} is ${phase}`);
    }
    const { waiting } = await device.outbox();
    if (waiting > 0) found.push(`${device.name} has ${waiting} messages that wait`);
  }
  return found;
}

/** A program with its device. */
interface Seat {
  readonly device: Device;
  readonly program: Program;
}

/** All programs of one account show the same. */
async function compareOwn(world: World, devices: readonly Device[]): Promise<readonly string[]> {
  const found: string[] = [];
  const [first, ...others] = devices.flatMap((device) => [...device.programs].map((program) => ({ device, program })));
  if (first === undefined) return found;
  for (const other of others) {
    found.push(...(await compareLists(world, first, other)));
    const views = new Map(other.program.screen.conversations.map((view) => [view.id, view]));
    for (const view of first.program.screen.conversations) {
      const theirs = views.get(view.id);
      if (theirs === undefined) continue;
      const different = compareConversation(world, [first, view], [other, theirs]);
      // Of what the server does not know at all each device has what it had.
      if (different.length > 0 && !(await isLost(world, other.device, view.id))) found.push(...different);
    }
  }
  return found;
}

/** Both list the same conversations. */
async function compareLists(world: World, first: Seat, other: Seat): Promise<readonly string[]> {
  const found: string[] = [];
  const [ids, theirs] = [first, other].map(({ program }) => new Set(program.screen.conversations.map(({ id }) => id)));
  for (const id of new Set([...(ids ?? []), ...(theirs ?? [])]))
    if (ids?.has(id) !== theirs?.has(id) && !(await isLost(world, other.device, id)))
      found.push(`only one of ${first.device.name} and ${other.device.name} lists ${id}`);
  return found;
}

/** One conversation looks the same on both. */
function compareConversation(
  world: World,
  [first, view]: readonly [Seat, ConversationView],
  [other, theirs]: readonly [Seat, ConversationView],
): readonly string[] {
  const { device } = other;
  const seats = [first, other];
  const known: Known = {
    isCounted: seats.every((seat) => countsUnread(world, seat.device, seat.program, view)),
    isWhole: seats.every(({ program }) => program.screen.timeline(view.id)?.older === 'end'),
    isHeadTold: !world.server.isCluster || !hasBlocked(world.marks, device.account, view),
    isTitled: view.kind !== 'group' || (view.role !== null && !hasHidden(world.marks, device.account, view)),
  };
  const where = `${device.name} ${view.id}`;
  const ticks = (seq: number) => ticksAt(world, view, device, seq);
  const { ledger } = world.checkers;
  const isBack = (seq: number) => ledger.isBack(world.server.epoch, view.id, seq);
  const chapter = ledger.chapter(world.server.epoch, view.id);
  const since = world.marks.opened.has(view.id) ? lastCame(chapter, device.account) : 1;
  return [
    ...compareFields(where, listed(view, known), listed(theirs, known)),
    ...compareItems(where, itemsOf(first.program, view.id), itemsOf(other.program, view.id), {
      since,
      role: view.role,
      ticks,
      isBack,
    }),
  ];
}

/** Has a restore lost that the account was ever in it? Then those devices list it that have something of it. */
async function isLost(world: World, { session }: Device, id: ConversationId): Promise<boolean> {
  if (world.server.epoch === 1) return false;
  return (await world.ask('GET', `/v1/conversations/${id}`, undefined, session)).status === 404;
}

/** What different people see of one conversation agrees, and is what the ledger says. */
function compareOthers(world: World, byAccount: ReadonlyMap<AccountId, readonly Device[]>): readonly string[] {
  const found: string[] = [];
  const seen = new Map<ConversationId, Map<number | null, Look>>();
  const epoch = world.server.epoch;
  for (const [account, [device]] of byAccount) {
    if (device === undefined) continue;
    const { program } = device;
    for (const view of program.screen.conversations) {
      const items = itemsOf(program, view.id);
      const where = `${device.name} ${view.id}`;
      const looks = seen.get(view.id) ?? new Map<number | null, Look>();
      seen.set(view.id, looks);
      const chapter = world.checkers.ledger.chapter(epoch, view.id);
      // Who was away has not learned what was done to older messages meanwhile, and who has left learns nothing more.
      const since = view.role === null ? Infinity : isBounded(world, view) ? sinceOf(chapter, account) : 1;
      const known = items.filter(({ seq }) => seq !== null && seq >= since);
      const isBack = (seq: number) => world.checkers.ledger.isBack(epoch, view.id, seq);
      const isBlocked = hasBlocked(world.marks, account, view);
      found.push(...compareLooks(where, looks, known, { isBack, isBlocked }));
      if (!isBlocked || !world.server.isCluster) found.push(...compareToLedger(where, view, account, chapter));
      if (view.role !== null && countsUnread(world, device, program, view))
        found.push(...compareUnread(where, view, account, chapter));
      found.push(...checkTicks(world, { view, account, items, byAccount, ledger: world.checkers.ledger }));
    }
  }
  return found;
}

function compareToLedger(
  where: string,
  { role, head }: ConversationView,
  account: AccountId,
  chapter: Chapter,
): readonly string[] {
  if (chapter.founders === null) return [];
  if (role !== null) return head === chapter.head ? [] : [`${where}: head is ${head}, of the ledger ${chapter.head}`];
  const isBack = chapter.intervals().some((each) => each.account === account && each.from > head);
  return isBack ? [`${where}: does not know yet that it is in it again`] : [];
}

function compareUnread(where: string, view: ConversationView, account: AccountId, chapter: Chapter): readonly string[] {
  if (chapter.founders === null) return [];
  const from = sinceOf(chapter, account);
  let unread = 0;
  for (const [seq, { kind, sender }] of chapter.records)
    if (seq > Math.max(view.readSeq, from) && kind === 'content' && sender !== account) unread++;
  if (view.unread === unread) return [];
  return [`${where}: ${view.unread} unread above ${view.readSeq}, of the ledger ${unread}`];
}

/** One gateway dates a mark before the clock jumps, the other one says after the jump up to when it has told all. */
function losesMarks({ server }: World): boolean {
  return server.gateways > 1 && server.hasBeenSet;
}

/** Has it everything above the read mark? Else it does not know which of the messages there are its own. */
function countsUnread(world: World, { account }: Device, { screen }: Program, view: ConversationView): boolean {
  const { server, marks } = world;
  const timeline = screen.timeline(view.id);
  if (hasBlocked(marks, account, view) || losesMarks(world)) return false;
  if (timeline === null || (server.epoch > 1 && marks.hidden.has(`${account} ${view.id} 1`))) return false;
  const first = timeline.items.find(({ seq }) => seq !== null)?.seq ?? Infinity;
  return timeline.older === 'end' || first <= view.readSeq + 1;
}

/** Has one of the two blocked the other at some time? Then not everything arrives. */
function hasBlocked({ blocked }: Marks, account: AccountId, { peer }: ConversationView): boolean {
  return peer !== null && blocked.has(`${account} ${peer}`);
}

/** Has the account hidden anything of it? */
function hasHidden({ hidden }: Marks, account: AccountId, { id }: ConversationView): boolean {
  return [...hidden].some((each) => each.startsWith(`${account} ${id} `));
}

/** Since when an account is a member; 1 when nothing says so. */
function sinceOf(chapter: Chapter, account: AccountId): number {
  return chapter.intervals().find((each) => each.account === account && each.to === Infinity)?.from ?? 1;
}

/** With what an account came last, also when it has left since; 1 when nothing says so. */
function lastCame(chapter: Chapter, account: AccountId): number {
  return chapter.intervals().findLast((each) => each.account === account)?.from ?? 1;
}

/** Messages that a device must show and does not: all that its account may read, as far down as it has loaded. */
function missing(world: World, { name, account, programs }: Device): readonly string[] {
  const found: string[] = [];
  for (const { screen } of programs)
    for (const view of screen.conversations) {
      const { id, kind, role } = view;
      if (hasBlocked(world.marks, account, view)) continue;
      const chapter = world.checkers.ledger.chapter(world.server.epoch, id);
      const shown = new Set(screen.timeline(id)?.items.map(({ seq }) => seq));
      const from = Math.min(...[...shown].filter((seq) => seq !== null));
      const own = chapter.intervals().filter((each) => each.account === account);
      const mayRead = (seq: number) =>
        isBounded(world, view)
          ? own.some((each) => each.from <= seq && seq <= each.to)
          : kind !== 'room' || role !== null;
      for (const [seq, record] of chapter.records)
        if (record.kind === 'content' && seq >= from && !shown.has(seq) && mayRead(seq))
          if (!world.marks.hidden.has(`${account} ${id} ${seq}`))
            found.push(`${name} does not show seq ${seq} of ${id}`);
    }
  return found;
}

interface TickCase {
  readonly view: ConversationView;
  readonly account: AccountId;
  readonly items: readonly MessageView[];
  readonly byAccount: ReadonlyMap<AccountId, readonly Device[]>;
  readonly ledger: Ledger;
}

/** Everybody has everything, so own messages have their second tick, and the blue one where everybody has read. */
function checkTicks(world: World, { view, account, items, byAccount, ledger }: TickCase): readonly string[] {
  if (view.kind === 'room' || view.notes || view.role === null || (view.kind === 'direct' && !view.contact)) return [];
  if (hasBlocked(world.marks, account, view) || losesMarks(world)) return [];
  const found: string[] = [];
  const intervals = ledger.chapter(world.server.epoch, view.id).intervals();
  for (const item of items) {
    const { own, seq, state, type } = item;
    if (!own || seq === null || type !== 'text') continue;
    const others = intervals.filter((each) => each.account !== account && each.to === Infinity && each.from <= seq);
    if (others.length === 0) continue;
    const isRead = others.every((each) => hasRead(byAccount.get(each.account), view.id, seq));
    const shows =
      view.kind === 'group' ||
      [account, ...others.map((each) => each.account)].every((each) => publishes(byAccount.get(each)));
    const expected = isRead && shows ? ['read'] : ['delivered', 'read'];
    if (!expected.includes(state))
      found.push(
        `${account} ${view.id}: seq ${seq} is ${state}, not ${expected[0]} with ${others.map((each) => each.account).join(', ')}`,
      );
  }
  return found;
}

function hasRead(devices: readonly Device[] | undefined, id: ConversationId, seq: number): boolean {
  const view = devices?.[0]?.program.screen.conversations.find((each) => each.id === id);
  return view !== undefined && view.readSeq >= seq;
}

function publishes(devices: readonly Device[] | undefined): boolean {
  return devices?.[0]?.program.client.settings.snapshot.readReceipts === true;
}

/** Confirmed rows of this server's present epoch. */
function itemsOf(program: Program, id: ConversationId): readonly MessageView[] {
  return (program.screen.timeline(id)?.items ?? []).filter((item) => item.seq !== null);
}

function ticksAt(world: World, view: ConversationView, { account }: Device, seq: number): Ticks {
  // Watermarks from before a restore are on those devices only that heard of them.
  if (view.role === null || world.server.epoch > 1 || losesMarks(world)) return 'none';
  const { marks, server, checkers } = world;
  const intervals = checkers.ledger.chapter(server.epoch, view.id).intervals();
  // Of who has gone nobody learns any more how far it had got.
  if (!intervals.some((each) => each.account !== account && each.to === Infinity && each.from <= seq)) return 'none';
  const isSwitched = marks.switched.has(account) || (view.peer !== null && marks.switched.has(view.peer));
  if (hasBlocked(marks, account, view)) return 'none';
  return view.kind === 'direct' && isSwitched ? 'delivered' : 'all';
}

/** What two programs of an account can know of a conversation. */
interface Known {
  readonly isCounted: boolean;
  /** Pins are known as far down as was loaded. */
  readonly isWhole: boolean;
  /** A gateway of a cluster hears of what is hidden from somebody only with the next record that is not. */
  readonly isHeadTold: boolean;
  /** The title of a group is a message: who has hidden it, or has left, may not find it any more. */
  readonly isTitled: boolean;
}

/** How the conversation stands in the list. */
function listed(view: ConversationView, { isCounted, isWhole, isHeadTold, isTitled }: Known): Look {
  const { last: _last, activeAt: _activeAt, typing: _typing, readSeq: _readSeq, ...told } = view;
  // Up to when a restored server has everything each device finds out by what it has itself.
  const { restoredFrom: _restoredFrom, ...rest } = told;
  const { title, topic, access, unread, pinnedSeqs, memberCount, membership } = rest;
  // Who is invited, or waits to be let in, is told once what it is that they would enter.
  const isTold = membership === 'member' || membership === 'left';
  return {
    ...rest,
    head: isHeadTold ? rest.head : null,
    memberCount: isTold ? memberCount : null,
    title: isTitled && isTold ? title : null,
    topic: isTold ? topic : null,
    access: isTold ? access : null,
    unread: isCounted ? unread : null,
    pinnedSeqs: isWhole ? pinnedSeqs : null,
  };
}
