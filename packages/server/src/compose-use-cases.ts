// The use cases of a node and what its sockets are made with, over the ports and a view of the sequencers: the same in one
// process and in a gateway of a cluster.
import type { AccountId } from '@parley/protocol';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { type Limiter, MemoryLimiter } from './accounts/limiter.ts';
import { linkLimit } from './accounts/link-limit.ts';
import type { AccountPolicy, ServerNumbers } from './accounts/parts.ts';
import type { Hasher } from './accounts/passwords.ts';
import { reportLimit } from './accounts/report-limit.ts';
import type { Bus } from './bus/bus.ts';
import type { Answers } from './directory/answers.ts';
import type { Directory } from './directory/directory.ts';
import type { Ephemeral } from './ephemeral/ephemeral.ts';
import { place } from './gateway/addresses.ts';
import { Allowances } from './gateway/allowance.ts';
import { Hub } from './gateway/hub.ts';
import type { Authenticate } from './gateway/identity.ts';
import { Revocations } from './gateway/revocations.ts';
import type { SocketParts } from './gateway/socket.ts';
import { type Defer, Turn } from './gateway/turn.ts';
import type { Clock, SteadyClock } from './kernel/clock.ts';
import type { Events } from './kernel/events.ts';
import type { Handlers } from './kernel/handlers.ts';
import { seenEveryMs } from './kernel/limits.ts';
import type { Random } from './kernel/random.ts';
import { EntrySigners } from './keys/entry-signers.ts';
import { createKeys, type KeyUseCases } from './keys/keys.ts';
import type { Log } from './log/log.ts';
import type { Blobs } from './media/blobs.ts';
import { createAccountConversations } from './messages/account-conversations.ts';
import { createConversationRoutes } from './messages/conversation-routes.ts';
import { FileSweep } from './messages/file-sweep.ts';
import { MessageFiles } from './messages/message-files.ts';
import { createMessages, type Messages } from './messages/messages.ts';
import type { Here, Sequencing } from './messages/parts.ts';
import type { Presence } from './presence/presence.ts';
import type { Store } from './store/store.ts';

/** What use cases stand on. Engines are opened before and closed after. */
export interface ServiceParts {
  readonly log: Log;
  readonly store: Pick<Store, 'commit'>;
  readonly directory: Directory;
  readonly bus: Bus;
  readonly presence: Presence;
  readonly ephemeral: Ephemeral;
  readonly clock: SteadyClock;
  readonly random: Random;
  readonly events: Events;
  readonly hasher: Hasher;
  readonly policy: AccountPolicy;
  readonly defer: Defer;
  /** Every limit of speed is so many times as generous. */
  readonly rateFactor: number;
  /** Counts sign-ins, links and claims of keys for all gateways together; without one, in this process. */
  readonly limiter?: Limiter;
  /** Where files are; null: this server keeps none. */
  readonly blobs: Blobs | null;
  /** What all files of an account may take. */
  readonly fileBytesPerAccount: number;
}

/** Something that clients talk to. */
export interface Service extends AsyncDisposable {
  /** Resolves when it may serve. Rejects when it never will. */
  ready(): Promise<void>;
  /** Why it should get no new clients now; null when it should. */
  readonly notReady: () => string | null;
  /** From now on it is not ready: it is about to stop. */
  drain(): void;
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
  /** No file goes until what is returned was called. */
  readonly holdFiles: () => Promise<() => void>;
}

/** What the use cases know only while they run. */
export interface ServiceState {
  epoch: number;
  phase: 'starting' | 'serving' | 'draining';
  greeter: AccountId | null;
}

/** What differs between one process and a gateway. */
export interface Surroundings {
  readonly sequencing: Sequencing;
  /** Given where other gateways serve the same accounts. */
  readonly here?: Here;
  readonly numbers: (hub: Hub) => Promise<ServerNumbers>;
}

/** The use cases, listening; `start` before anything is served, `stop` at the end. */
export interface UseCases {
  readonly hub: Hub;
  readonly service: Omit<Service, 'ready' | 'drain' | 'notReady' | typeof Symbol.asyncDispose>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Builds them. */
export function composeUseCases(parts: ServiceParts, around: Surroundings, state: ServiceState): UseCases {
  const cases = casesOf(parts, around, state);
  const { accounts, keys, messages, hub, numbers } = cases;
  const { bus, clock, events } = parts;
  const revocations = new Revocations({
    revokedSince: (position) => accounts.revokedSince(position),
    revoke: (device, why) => hub.revoke(device, why),
    clock: clock.steady,
    events,
  });
  const unsubscribe = bus.subscribe((hint) => {
    if (hint.type === 'revoked') revocations.heard(hint);
    else hub.deliver(hint);
  });
  const stopSeen = noteSeen(hub, accounts, clock);
  const sweep = sweepOf(parts, around);
  return {
    hub,
    service: {
      accounts,
      authenticate: (token) => accounts.authenticate(token),
      answers: parts.directory.answers,
      handlers: { ...accounts.routes, ...createConversationRoutes(messages), ...keys.routes },
      epoch: () => state.epoch,
      numbers,
      greetBy: (account) => {
        state.greeter = account;
      },
      holdFiles: async () => (await sweep?.hold()) ?? (() => {}),
      socketParts: socketPartsOf(parts, cases, revocations, state),
    },
    async start() {
      await revocations.start();
      await keys.start();
      await accounts.intents.finish();
      accounts.idleGuests.start();
      sweep?.start();
      accounts.oldReports.start();
    },
    async stop() {
      stopSeen();
      unsubscribe();
      revocations.stop();
      keys.stop();
      await sweep?.stop();
      await accounts.close();
      await messages.close();
    },
  };
}

interface Cases {
  readonly messages: Messages;
  readonly accounts: Accounts;
  readonly keys: KeyUseCases;
  readonly hub: Hub;
  readonly numbers: () => Promise<ServerNumbers>;
}

/** Messages, accounts and keys, which know a little of each other, and the hub between them and the sockets. */
function casesOf(parts: ServiceParts, { sequencing, here, numbers: count }: Surroundings, state: ServiceState): Cases {
  const { log, store, directory, bus, presence, clock, random, events } = parts;
  const fault = (where: string, error: unknown) => events.fault(where, error);
  const files = new MessageFiles({
    ...{ files: directory.files, blobs: parts.blobs, clock },
    bytesPerAccount: parts.fileBytesPerAccount,
  });
  const limiter = parts.limiter ?? new MemoryLimiter(clock.steady);
  const messages = createMessages({
    log,
    sequencer: sequencing,
    ...(here && { here }),
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
    files,
    takeLink: linkLimit(limiter, parts.rateFactor),
    takeReport: reportLimit(limiter, parts.rateFactor),
    reports: directory.reports,
    lastSeenOf: (account) => accounts.lastSeenOf(account),
    fault,
  });
  const numbers = () => count(hub);
  const limited = parts.limiter === undefined ? {} : { limiter: parts.limiter };
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
    ...limited,
  });
  const hub: Hub = new Hub({
    handlers: messages.frames,
    ...{ bus, clock },
    moved: (these) => messages.moved(these),
    fault: (error) => fault('hub', error),
  });
  const keys: KeyUseCases = createKeys({
    ...{ directory, accounts, bus, clock, random, events },
    ephemeral: parts.ephemeral,
    acquaintances: messages.acquaintances,
    tell: (told, frame) => hub.deliver({ type: 'accounts', accounts: told, frame, droppable: false }),
    rateFactor: parts.rateFactor,
    ...limited,
  });
  return { messages, accounts, keys, hub, numbers };
}

/** Removes files that no message carries. */
function sweepOf(
  { directory, blobs, ephemeral, clock, events }: ServiceParts,
  { sequencing }: Surroundings,
): FileSweep | null {
  if (blobs === null) return null;
  const fault = (where: string, error: unknown) => events.fault(where, error);
  return new FileSweep({ rows: sequencing.rows, files: directory.files, blobs, ephemeral, clock, fault });
}

/** What every socket of this node is made with. */
function socketPartsOf(
  { log, clock, events, rateFactor, defer }: ServiceParts,
  { messages, accounts, keys, hub }: Cases,
  revocations: Revocations,
  state: ServiceState,
): Service['socketParts'] {
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
    clock: clock.steady,
    wall: clock,
    events,
    allowances: new Allowances(rateFactor),
    turn: new Turn(defer),
    authenticate: (token) => accounts.authenticate(token),
    refuses: (identity) => revocations.refuses(identity),
    server: () => ({ logId: log.id, epoch: state.epoch, keysN: keys.head }),
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
