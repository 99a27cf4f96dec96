// The machine: it opens the parts in their order, and hands every call to the one that knows. The only folder that
// imports the crypto library. Two machines on one store would encrypt two messages with one key: whoever opens one makes
// sure that there is no other.
import type { KeyEvents, KeyMachine, KeyMachineParts, RoomKeyRow, SealOrder } from '../key-machine.ts';
import { Arrivals } from './arrivals.ts';
import { Blocked } from './blocked.ts';
import { Comparisons } from './comparisons.ts';
import { Core } from './core.ts';
import { Courier } from './courier.ts';
import { Dehydrated } from './dehydrated.ts';
import { Former } from './former.ts';
import { Healing, requestType, resendType } from './healing.ts';
import { HeldBack } from './held-back.ts';
import { Identities } from './identities.ts';
import { KeyList } from './key-list.ts';
import { nameOfAccount } from './names.ts';
import { Opener } from './opener.ts';
import { Origins } from './origins.ts';
import { OwnIdentity } from './own-identity.ts';
import { OwnTalk, ownType } from './own-talk.ts';
import { Pairings } from './pairings.ts';
import { Predecessors } from './predecessors.ts';
import { RoomKeys } from './room-keys.ts';
import { Sender } from './sender.ts';

/** Opens the keys of this device, or makes them. Nothing is asked of the server before `start`. */
export async function openMachine(parts: KeyMachineParts, events: KeyEvents): Promise<KeyMachine> {
  const closing = new AbortController();
  const core = await Core.open(parts, events, closing.signal);
  const blocked = new Blocked(core);
  const keys: KeyList = await KeyList.open(core, async (accounts, fresh) => {
    await identities.check(accounts, fresh);
    if (accounts.includes(parts.account) && own.state !== 'opening') await own.judge();
    await heldBack.reviewed(accounts);
  });
  const identities = new Identities(core, keys, (accounts) => heldBack.reviewed(accounts));
  const own = new OwnIdentity(core, keys);
  const origins = new Origins(core, keys);
  const roomKeys = new RoomKeys(core, { origins, identities });
  const heldBack: HeldBack = new HeldBack(core, { identities, origins, roomKeys, blocked });
  const former = new Former(core, { keys, origins });
  const senders = { keys, origins, former, heldBack, predecessors: new Predecessors(core, { origins, identities }) };
  const dehydrated = new Dehydrated(core, senders);
  const courier = new Courier(core, { keys, random: parts.random });
  const healing = new Healing(core, { origins, identities, roomKeys, courier });
  const talk = new OwnTalk(core, { keys, origins, courier });
  const arrivals = new Arrivals(core, senders, {
    [requestType]: async (event) => healing.onRequest(event),
    [resendType]: (event) => healing.onResend(event),
    [ownType]: (event) => talk.onOwn(event),
  });
  const comparisons = new Comparisons(core, { keys, own });
  const pairings = new Pairings(core, { keys, own, random: parts.random });
  const sender = new Sender(core, { keys, identities, own, origins });
  const opener = new Opener(core, { keys, origins, blocked, healing, identities });
  await former.mend();
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    closing.abort();
    keys.pump.stop();
    healing.stop();
    sender.stop();
    await arrivals.settled();
    core.olm.close();
    parts.facts.close();
  };
  /** The keys of this device are there, as far as that was possible: no other one knows it before. */
  let published: Promise<void> = Promise.resolve();
  const isPublished = () => published.catch(() => {});

  return {
    async start() {
      published = Promise.all([own.glance(), keys.changed()]).then(() => {});
      await published;
      await own.settle();
      await talk.again();
      return own.state;
    },
    seal: async (order: SealOrder) => sender.seal(order),
    open: async (order) => opener.open(order),
    async receive(items) {
      await arrivals.receive(items);
      if (items.some((item) => item.sender === parts.account)) await comparisons.update();
    },
    changed: async () => keys.changed(),
    keysN: async () => keys.n,

    identities: async (accounts) => {
      const unknown = accounts.filter((account) => !keys.tracked.has(account));
      if (unknown.length > 0) await keys.ensure(unknown);
      return identities.views(accounts);
    },
    confirm: async (account) => identities.confirm(account),
    acceptIdentity: async (account) => identities.accept(account),
    review: async (reviews) => identities.review(reviews),
    expectIdentity: async (account, fingerprint) => identities.expect(account, fingerprint),
    ownDevices: async () => own.devices(),
    resetIdentity: async (password, before) => own.reset(password, before),
    exportSecrets: async () => own.exportSecrets(),
    importSecrets: (secrets) => isPublished().then(() => own.importSecrets(secrets)),
    sign: async (text) => signatures(core, text),

    takeRoomKeys: async () => roomKeys.take(),
    confirmRoomKeys: async (batch) => roomKeys.confirm(batch),
    restartBackup: async () => roomKeys.restart(),
    importRoomKeys: async (rows: readonly RoomKeyRow[]) => roomKeys.bring(rows, true),

    dehydrate: async (key) => dehydrated.put(key),
    rehydrate: async (key) => dehydrated.take(key),

    compare: (device) => isPublished().then(() => comparisons.start(device)),
    joinComparison: async (flow) => comparisons.join(flow),
    endComparison: async (flow, same) => comparisons.end(flow, same),

    showPairing: (server) => isPublished().then(() => pairings.show(server)),
    scanPairing: async (text) => pairings.scan(text),
    typePairing: async (digits) => pairings.type(digits),
    endPairing: async () => pairings.end(),

    tellOwn: async (device, text) => talk.tell(device, text),
    heardOwn: async (device, text) => talk.heard(device, text),

    // Whoever signs out closes it twice.
    close: () => (closed ??= close()),
  };
}

async function signatures(
  core: Core,
  text: string,
): Promise<{ readonly device: string; readonly master: string | null }> {
  const signed = JSON.parse((await core.ask(core.olm.sign(text))).asJSON()) as Record<string, Record<string, string>>;
  const own = signed[nameOfAccount(core.account)] ?? {};
  const byDevice = `ed25519:${core.device}`;
  const master = Object.entries(own).find(([name]) => name !== byDevice)?.[1] ?? null;
  return { device: own[byDevice] ?? '', master };
}
