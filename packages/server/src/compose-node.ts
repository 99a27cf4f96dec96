// One node: sequencer, use cases and gateway over the ports it is given, without a network, a file or a clock of the
// host. The program adds those (`compose.ts`), the simulation its own. It promises that nothing is served before the
// log was replayed and open intents were finished.
import type { AccountId } from '@parley/protocol';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import type { AccountPolicy, ServerNumbers } from './accounts/parts.ts';
import type { Hasher } from './accounts/passwords.ts';
import type { Bus } from './bus/bus.ts';
import type { Answers } from './directory/answers.ts';
import type { Directory } from './directory/directory.ts';
import { place } from './gateway/addresses.ts';
import { Allowances } from './gateway/allowance.ts';
import { Hub } from './gateway/hub.ts';
import type { Authenticate } from './gateway/identity.ts';
import { Revocations } from './gateway/revocations.ts';
import type { SocketParts } from './gateway/socket.ts';
import { type Defer, Turn } from './gateway/turn.ts';
import type { Clock } from './kernel/clock.ts';
import type { Events } from './kernel/events.ts';
import type { Handlers } from './kernel/handlers.ts';
import { expiryEveryMs, maxExpiredAtOnce, seenEveryMs } from './kernel/limits.ts';
import type { Random } from './kernel/random.ts';
import { EntrySigners } from './keys/entry-signers.ts';
import { createKeys, type KeyUseCases } from './keys/keys.ts';
import type { Log } from './log/log.ts';
import { createAccountConversations } from './messages/account-conversations.ts';
import { createConversationRoutes } from './messages/conversation-routes.ts';
import { createMessages, type Messages } from './messages/messages.ts';
import type { Presence } from './presence/presence.ts';
import { encodeRecord } from './sequencer/record-codec.ts';
import { Sequencer } from './sequencer/run.ts';
import { localSequencing } from './sequencing/local-sequencing.ts';
import type { Store } from './store/store.ts';

/** What a node is made of. Engines are opened before and closed after it. */
export interface NodeParts {
  readonly log: Log;
  readonly store: Store;
  readonly directory: Directory;
  readonly bus: Bus;
  readonly presence: Presence;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly hasher: Hasher;
  readonly policy: AccountPolicy;
  readonly defer: Defer;
  /** Every limit of speed is so many times as generous. */
  readonly rateFactor: number;
  /** After a restore: the epoch that follows the one in the data; else null. */
  readonly nextEpoch: ((epoch: number) => number) | null;
  /** What only the process knows, for its operator. */
  readonly facts: () => Promise<{ readonly uptimeMs: number; readonly dataBytes: number }>;
}

/** A node, from the log to the socket. */
export interface Node extends AsyncDisposable {
  /** Resolves when it may serve. Rejects when it never will. */
  ready(): Promise<void>;
  /** Rejects when it must stop. */
  readonly finished: Promise<void>;
  /** Why it should get no new clients now; null when it should. */
  readonly notReady: () => string | null;
  /** From now on it is not ready: it is about to stop. */
  drain(): void;
  readonly sequencer: Sequencer;
  readonly accounts: Accounts;
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  /** What keyed calls were answered, also by the process before. */
  readonly answers: Answers;
  /** What a socket is made with. */
  readonly socketParts: Omit<SocketParts, 'gone'>;
  readonly epoch: () => number;
  /** What an operator sees, accounts aside. */
  readonly numbers: () => Promise<ServerNumbers>;
  /** Whoever signs up without an invitation begins with a chat with this account. */
  readonly greetBy: (account: AccountId) => void;
}

const partition = 0;

interface State {
  epoch: number;
  phase: 'starting' | 'serving' | 'draining';
  greeter: AccountId | null;
}

/** Builds a node. */
export function composeNode(parts: NodeParts): Node {
  const { log, store, bus, clock, events } = parts;
  const sequencer = new Sequencer({ log, partition, store, bus, clock, events });
  const state: State = { epoch: 1, phase: 'starting', greeter: null };
  const useCases = composeUseCases(parts, sequencer, state);
  const { accounts, keys, messages, hub, numbers } = useCases;
  const revocations = new Revocations({
    revokedSince: (position) => accounts.revokedSince(position),
    revoke: (device, why) => hub.revoke(device, why),
    clock,
    events,
  });
  const unsubscribe = bus.subscribe((hint) => {
    if (hint.type === 'revoked') revocations.heard(hint);
    else hub.deliver(hint);
  });
  const stopExpiry = expireNowAndThen(sequencer, parts);
  const stopSeen = noteSeen(hub, accounts, clock);

  return {
    sequencer,
    accounts,
    finished: sequencer.finished,
    authenticate: (token) => accounts.authenticate(token),
    answers: parts.directory.answers,
    handlers: { ...accounts.routes, ...createConversationRoutes(messages), ...keys.routes },
    epoch: () => state.epoch,
    numbers,
    greetBy: (account) => {
      state.greeter = account;
    },
    socketParts: socketPartsOf(parts, useCases, revocations, state),
    notReady() {
      if (state.phase !== 'serving') return state.phase;
      return log.problem ?? (sequencer.accepting ? null : 'behind');
    },
    async ready() {
      await sequencer.caughtUp();
      state.epoch = await epochOf(parts, sequencer);
      await revocations.start();
      await keys.start();
      await accounts.intents.finish();
      accounts.idleGuests.start();
      if (state.phase === 'starting') state.phase = 'serving';
    },
    drain() {
      state.phase = 'draining';
    },
    async [Symbol.asyncDispose]() {
      state.phase = 'draining';
      stopExpiry();
      stopSeen();
      unsubscribe();
      revocations.stop();
      keys.stop();
      await accounts.close();
      await messages.close();
      await sequencer[Symbol.asyncDispose]();
    },
  };
}

interface UseCases {
  readonly messages: Messages;
  readonly accounts: Accounts;
  readonly keys: KeyUseCases;
  readonly hub: Hub;
  readonly numbers: () => Promise<ServerNumbers>;
}

/** Messages, accounts and keys, which know a little of each other, and the hub between them and the sockets. */
function composeUseCases(parts: NodeParts, sequencer: Sequencer, state: State): UseCases {
  const { log, store, directory, bus, presence, clock, random, events } = parts;
  const fault = (where: string, error: unknown) => events.fault(where, error);
  const messages = createMessages({
    log,
    sequencer: localSequencing(sequencer),
    epoch: () => state.epoch,
    commitMarks: (writes) => store.commit(writes, null),
    bus,
    presence,
    clock,
    random,
    accountExists: (account) => accounts.accountExists(account),
    isGuest: (account) => accounts.isGuest(account),
    deviceEnds: {
      peekEnded: (members, n) => keys.peekEnded(members, n),
      endedSince: (members, n) => keys.endedSince(members, n),
    },
    signers: new EntrySigners(directory.keys),
    lastSeenOf: (account) => accounts.lastSeenOf(account),
    fault,
  });
  const numbers = () => numbersOf(parts, { sequencer, hub, epoch: state.epoch });
  const accounts = createAccounts({
    directory,
    clock,
    random,
    bus,
    events,
    policy: parts.policy,
    hasher: parts.hasher,
    conversations: createAccountConversations(messages),
    isOnline: (device) => presence.isOnline(device),
    greeter: () => state.greeter,
    status: numbers,
    placeOf: place,
    rateFactor: parts.rateFactor,
  });
  const hub: Hub = new Hub({
    handlers: messages.frames,
    ...{ bus, clock },
    moved: (these) => messages.moved(these),
    fault: (error) => fault('hub', error),
  });
  const keys: KeyUseCases = createKeys({
    ...{ directory, accounts, bus, clock, random, events },
    acquaintances: messages.acquaintances,
    tell: (told, frame) => hub.deliver({ type: 'accounts', accounts: told, frame, droppable: false }),
    rateFactor: parts.rateFactor,
  });
  return { messages, accounts, keys, hub, numbers };
}

/** What every socket of this node is made with. */
function socketPartsOf(
  { log, clock, events, rateFactor, defer }: NodeParts,
  { messages, accounts, keys, hub }: UseCases,
  revocations: Revocations,
  state: State,
): Node['socketParts'] {
  return {
    handlers: {
      ...messages.frames,
      disconnected: (session, silentMs) => {
        accounts.lastSeen.seen(session.device, silentMs);
        return messages.frames.disconnected(session, silentMs);
      },
    },
    devices: keys.frames,
    hub,
    clock,
    events,
    allowances: new Allowances(rateFactor),
    turn: new Turn(defer),
    authenticate: (token) => accounts.authenticate(token),
    refuses: (identity) => revocations.refuses(identity),
    server: () => ({ logId: log.id, epoch: state.epoch, keysN: keys.head }),
  };
}

/** The epoch of the data; after a restore the next one, once it stands in the log, is applied, and is known of keys. */
async function epochOf({ log, directory, clock, nextEpoch }: NodeParts, sequencer: Sequencer): Promise<number> {
  const read = async () => Number((await sequencer.rows.get('facts', ['epoch']))?.value ?? 1);
  const present = await read();
  if (nextEpoch === null) return present;
  const record = encodeRecord({ type: 'control', control: 'epoch', value: nextEpoch(present) });
  const offset = await log.append(partition, record);
  while (sequencer.counters.appliedOffset < offset)
    await Promise.race([new Promise<void>((resolve) => clock.after(1, resolve)), sequencer.finished]);
  const epoch = await read();
  await directory.keys.restored(epoch);
  return epoch;
}

/** Hides what is past its time, a bounded number at once. */
function expireNowAndThen(sequencer: Sequencer, { clock, events }: NodeParts): () => void {
  let cancel = () => {};
  let isOver = false;
  const again = () => {
    if (!isOver) cancel = clock.after(expiryEveryMs, expire);
  };
  const expire = () => {
    sequencer.expire(clock.now(), maxExpiredAtOnce).then(again, (error) => {
      events.fault('expiry', error);
      again();
    });
  };
  again();
  return () => {
    isOver = true;
    cancel();
  };
}

/** What an operator sees. */
async function numbersOf(
  { log, events, facts }: NodeParts,
  { sequencer, hub, epoch }: { readonly sequencer: Sequencer; readonly hub: Hub; readonly epoch: number },
): Promise<ServerNumbers> {
  const { uptimeMs, dataBytes } = await facts();
  return {
    online_devices: hub.devices,
    log_end: log.end(partition),
    store_applied: sequencer.counters.committedOffset + 1,
    overlay_bytes: sequencer.rows.bytes,
    data_bytes: dataBytes,
    uptime_ms: uptimeMs,
    epoch,
    alarms: events.alarms().map(({ text }) => text),
  };
}

/** Sockets that stay up are seen too, so that a crash does not make their people look long gone. */
function noteSeen(hub: Hub, accounts: Accounts, clock: Clock): () => void {
  let cancel = () => {};
  const again = () => {
    cancel = clock.after(seenEveryMs, () => {
      for (const { session } of hub.sockets()) accounts.lastSeen.seen(session.device);
      again();
    });
  };
  again();
  return () => cancel();
}
