// The end of a run: what the server serves to everybody, page by page, against all that it ever promised, and a new
// device against the old ones.
import type { AccountId, ConversationId, MessageId, Messages, Session } from '@parley/protocol';
import type { Checkers } from './checkers.ts';
import { differences } from './convergence.ts';
import type { Device } from './device.ts';
import type { World } from './world.ts';

const pageItems = 200;
const newDeviceMs = 60_000;

/** Looks at everything once more. */
export async function audit(world: World, checkers: Checkers): Promise<void> {
  const served = new Map<AccountId, Map<ConversationId, Items>>();
  for (const [account, [device]] of Map.groupBy(world.present, (each) => each.account)) {
    if (device === undefined) continue;
    served.set(account, await readAll(world, device));
  }
  if (checkers.violation !== null) return;
  checkWhole(world, checkers);
  checkPromises(world, checkers, await refusedOf(world));
  checkScreens(world, checkers, served);
  checkers.wire.judgeMembership();
  if (checkers.violation === null) await openNewDevice(world, checkers);
}

type Items = Messages['items'];

/** Everything that an account may read. */
async function readAll(world: World, device: Device): Promise<Map<ConversationId, Items>> {
  const ids = device.program.screen.conversations.map(({ id }) => id);
  const all = new Map<ConversationId, Items>();
  for (const id of [...ids, device.session.me.account_log]) all.set(id, await readConversation(world, device, id));
  return all;
}

async function readConversation(world: World, { session, name, account }: Device, id: ConversationId): Promise<Items> {
  const { ledger, violate } = world.checkers;
  const items: Items = [];
  let after = 0;
  for (let more = true; more; ) {
    const path = `/v1/conversations/${id}/messages?after=${after}&limit=${pageItems}`;
    const { status, body } = await world.ask('GET', path, undefined, session);
    if (status !== 200) {
      // What was begun, or entered, after the backup is left on devices only.
      const isMember = ledger
        .chapter(world.server.epoch, id)
        .intervals()
        .some((each) => each.account === account);
      if (status !== 404 || isMember)
        violate('LOST', `${name} asks for ${id} and hears ${status} ${JSON.stringify(body)}`);
      break;
    }
    const page = body as Messages;
    items.push(...page.items);
    for (const item of page.items) ledger.note(world.server.epoch, item, world.time.now());
    more = page.has_more && page.to_seq > after;
    after = page.to_seq;
  }
  return items;
}

function isAskedAgain({ programs }: Device, id: ConversationId): boolean {
  return [...programs].some(({ screen }) =>
    screen.conversations.some((view) => view.id === id && view.membership === 'invited'),
  );
}

/** Seqs are dense in every conversation of the present epoch. */
function checkWhole(world: World, { ledger, violate }: Checkers): void {
  for (const id of ledger.conversations(world.server.epoch)) {
    const chapter = ledger.chapter(world.server.epoch, id);
    const { records, head } = chapter;
    // Of who asked to come in while nobody was in it nobody was told.
    const isEmpty = (seq: number) => !chapter.intervals().some(({ from, to }) => from <= seq && seq <= to);
    for (let seq = 1; seq <= head; seq++)
      if (!records.has(seq) && !isCleared(world, id, seq) && !isEmpty(seq))
        violate('DENSE', `${id} has ${head} but not ${seq}`);
  }
}

/** Has somebody hidden it? Perhaps nobody else could read it. */
function isCleared({ marks: { hidden }, present }: World, id: ConversationId, seq: number): boolean {
  return present.some(({ account }) => hidden.has(`${account} ${id} ${seq}`));
}

/** What had a tick is there, or was refused, or was lost with a restore that is known and shown; what was refused is not. */
function checkPromises(world: World, { wire, ledger, violate }: Checkers, refused: ReadonlySet<MessageId>): void {
  const { epoch } = world.server;
  const leftOver = leftOvers(world);
  for (const { id, conversation, device, epoch: then, counts } of wire.accepted.values()) {
    if (ledger.chapter(epoch, conversation).seqs.has(id) || wire.rejected.has(id) || refused.has(id)) continue;
    const author = world.device(device);
    // Of what its account is only asked into again a device keeps what it said, and shows nothing.
    const isForgotten =
      author === undefined ||
      author.gone ||
      hasCleared(world, author.account, conversation) ||
      isAskedAgain(author, conversation);
    const old = ledger.chapter(then, conversation);
    const isDeleted = old.isDeleted(old.seqs.get(id) ?? 0);
    const isKnownLost = then < epoch && (!counts || isForgotten || isDeleted || leftOver.has(id));
    if (!isKnownLost) violate('LOST', `${id} of ${device} in ${conversation} had a tick and is nowhere`);
  }
  for (const id of [...wire.rejected.keys(), ...refused])
    for (const conversation of ledger.conversations(epoch))
      if (ledger.chapter(epoch, conversation).seqs.has(id)) violate('VERDICT', `${id} was rejected and is there`);
}

/** Nobody hides the first record of a conversation but with all of it. */
function hasCleared({ marks: { hidden } }: World, account: AccountId, id: ConversationId): boolean {
  return hidden.has(`${account} ${id} 1`);
}

/** Messages that their authors were told will never be there. */
async function refusedOf(world: World): Promise<ReadonlySet<MessageId>> {
  const outboxes = await Promise.all(world.present.map((device) => device.outbox()));
  return new Set(outboxes.flatMap(({ refused }) => refused));
}

function leftOvers(world: World): ReadonlySet<MessageId> {
  const ids = new Set<MessageId>();
  for (const { programs } of world.present)
    for (const { screen } of programs)
      for (const { id } of screen.conversations)
        for (const item of screen.timeline(id)?.items ?? []) if (item.onlyHere) ids.add(item.id);
  return ids;
}

/**
 * Every device shows everything that its account may read, as far down as it has loaded. What was said before or between
 * its times there it need not know that it may read now, when newcomers were let read it meanwhile.
 */
function checkScreens(
  world: World,
  { violate, ledger }: Checkers,
  served: ReadonlyMap<AccountId, ReadonlyMap<ConversationId, Items>>,
): void {
  for (const device of world.present)
    for (const { screen } of device.programs)
      for (const view of screen.conversations) {
        const shown = screen.timeline(view.id)?.items ?? [];
        const seqs = new Set(shown.map(({ seq }) => seq));
        const from = shown.find(({ seq }) => seq !== null)?.seq ?? Infinity;
        const own = ledger
          .chapter(world.server.epoch, view.id)
          .intervals()
          .filter(({ account }) => account === device.account);
        const wasThere = ({ seq }: { readonly seq: number }) => own.some((each) => each.from <= seq && seq <= each.to);
        for (const item of served.get(device.account)?.get(view.id) ?? []) {
          if (world.marks.opened.has(view.id) && !wasThere(item)) continue;
          if (item.kind !== 'content' || item.seq < from || seqs.has(item.seq)) continue;
          if (world.marks.hidden.has(`${device.account} ${view.id} ${item.seq}`)) continue;
          violate('MISSING', `${device.name} does not show seq ${item.seq} of ${view.id}`);
        }
      }
}

/** A device that signs in now sees what the others see. */
async function openNewDevice(world: World, checkers: Checkers): Promise<void> {
  const old = world.present[0];
  if (old === undefined || world.present.filter(({ account }) => account === old.account).length >= 8) return;
  const session = await world.call<Session>('POST', '/v1/sessions', {
    handle: old.session.me.handle,
    password: world.password,
    device_name: 'new device',
  });
  const device = world.add(`${old.name.split('/')[0]}/new`, session);
  device.late = true;
  device.open().catch((error: unknown) => checkers.bug('new device', error));
  let left: readonly string[] = ['it was not opened'];
  for (let waited = 0; waited < newDeviceMs && left.length > 0 && checkers.violation === null; waited += 500) {
    await world.until(() => false, 500);
    left = await differences(world);
  }
  if (left.length > 0) checkers.violate('CONVERGE', `a new device: ${left.join('\n')}`);
}
