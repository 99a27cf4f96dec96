// Everything about accounts, put together: the use cases of their routes, and what gateway, messages and the program
// ask of them. It must never know an adapter, a socket or a conversation.
import type { AccountId, DeviceId, ErrorCode, RouteName } from '@parley/protocol';
import type { Handlers } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { isPresent } from './account-views.ts';
import { type Bot, type BotRefusal, type BotWish, createBot } from './bots.ts';
import { CredentialLimits } from './credential-limits.ts';
import { createDevices } from './devices.ts';
import { IdleGuests } from './idle-guests.ts';
import { Intents } from './intents.ts';
import { createInvites } from './invites.ts';
import { LastSeen } from './last-seen.ts';
import { type Limiter, MemoryLimiter } from './limiter.ts';
import { confirm, createMe } from './me.ts';
import { type DeviceProof, proveDevice } from './new-devices.ts';
import { notify } from './notices.ts';
import { OldReports } from './old-reports.ts';
import { createOperator } from './operator.ts';
import type { AccountsParts, Context } from './parts.ts';
import { type Hasher, Passwords } from './passwords.ts';
import { createPeople } from './people.ts';
import { createReportDesk } from './report-desk.ts';
import { operatorsOf, type Rescued, rescueOperator } from './rescue.ts';
import { type Ended, Revocations } from './revocations.ts';
import { createSessions, type Proof, signInByProof } from './sessions.ts';
import { Setup, type SetupLink } from './setup.ts';
import { createSignUp } from './sign-up.ts';
import { type Authenticated, Authenticator } from './tokens.ts';

/** The routes that are served here: those of accounts but `listSettings`, and those of the operator. */
export type AccountRouteName = Extract<RouteName, keyof ReturnType<typeof createRoutes>>;

export interface AccountsOptions extends AccountsParts {
  readonly hasher: Hasher;
  /** Counts what goes wrong; without one, in this process. */
  readonly limiter?: Limiter;
  /** What is counted as one place: an IPv4 address, a network of IPv6. */
  readonly placeOf: (address: string) => string;
  /** `PARLEY_RATE_FACTOR`. */
  readonly rateFactor?: number;
}

export interface Accounts {
  readonly routes: Handlers<AccountRouteName>;
  /** Whose token is this? @throws {Unavailable} */
  authenticate(token: string): Promise<Authenticated>;
  /** Sessions that ended after a position of the list; null: only the position. @throws {Unavailable} */
  revokedSince(position: string | null): Promise<Ended>;
  /** `finish` at the start, when records can be appended; `stop` before the log is closed. */
  readonly intents: Pick<Intents, 'finish' | 'stop'>;
  /** `start` after `intents.finish`. */
  readonly idleGuests: Pick<IdleGuests, 'start' | 'sweep'>;
  readonly oldReports: Pick<OldReports, 'start' | 'sweep'>;
  /** A fresh set-up link, which ends the one before; null when there is an operator. */
  setupLink(): Promise<SetupLink | null>;
  /** For the owner of the data folder: an operator who can sign in again. */
  rescue(handle: string | null): Promise<Result<Rescued, ErrorCode>>;
  /** Handles of the operators, for the same. */
  operators(): Promise<readonly string[]>;
  /** Makes the account of a bot, or finds it. `greeter` is asked from then on, so make it before anybody signs up. */
  createBot(wish: BotWish): Promise<Result<Bot, BotRefusal>>;
  /** Is there such an account, and is it neither deleted nor leaving? */
  accountExists(account: AccountId): Promise<boolean>;
  /** Does it live in open rooms only? */
  isGuest(account: AccountId): Promise<boolean>;
  /** Is it the password of somebody who is signed in? Who has none has nothing to confirm with but the session. */
  confirmPassword(
    account: AccountId,
    password: string | undefined,
    signal: AbortSignal,
  ): Promise<Result<null, 'auth.required' | 'auth.refused' | 'rate.limited' | 'server.overloaded'>>;
  /** A new device for who has another proof than a password. */
  signInByProof(proof: Proof): ReturnType<typeof signInByProof>;
  /** Remembers that a device has the recovery key of its account. */
  proveDevice(proof: DeviceProof): ReturnType<typeof proveDevice>;
  /** When its newest device was last connected. */
  lastSeenOf(account: AccountId): Promise<number | null>;
  /** Tell it `seen(device)` when a socket goes and at its pings. */
  readonly lastSeen: LastSeen;
  /** Stops retrying and writes what waits; before the directory is closed. */
  close(): Promise<void>;
}

/** Accounts over these parts. */
export function createAccounts(options: AccountsOptions): Accounts {
  const context = contextOf(options);
  const { authenticator, directory, intents, lastSeen, revocations, setup } = context;
  const idleGuests = new IdleGuests(context);
  const oldReports = new OldReports(context);
  return {
    routes: createRoutes(context),
    authenticate: (token) => authenticator.authenticate(token),
    revokedSince: (position) => revocations.since(position),
    intents,
    idleGuests,
    oldReports,
    setupLink: () => setup.link(),
    rescue: (handle) => rescueOperator({ ...context, ended: endedIn(context) }, handle),
    operators: () => operatorsOf(directory),
    createBot: (wish) => createBot(context, wish),
    accountExists: async (account) => isPresent((await directory.accounts.get([account]))[0]),
    isGuest: async (account) => (await directory.accounts.get([account]))[0]?.kind === 'guest',
    confirmPassword: async (account, password = '', signal) => {
      const [row] = await directory.accounts.get([account]);
      if (row?.state !== 'active') return refuse('auth.required');
      return row.passwordHash === null ? ok(null) : confirm(context, row, password, signal);
    },
    signInByProof: (proof) => signInByProof(context, proof),
    proveDevice: (proof) => proveDevice(context, proof),
    lastSeenOf: (account) => lastSeen.of(account),
    lastSeen,
    close: async () => {
      idleGuests.stop();
      oldReports.stop();
      intents.stop();
      await lastSeen.close();
    },
  };
}

function endedIn({ bus, revocations }: Context) {
  return (account: AccountId, devices: readonly DeviceId[]) => {
    revocations.announce(devices, 'revoked');
    notify(bus, [account], 'profile');
  };
}

function createRoutes(context: Context) {
  return {
    ...createSignUp(context),
    ...createSessions(context),
    ...createMe(context),
    ...createDevices(context),
    ...createPeople(context),
    ...createInvites(context),
    ...createOperator(context),
    ...createReportDesk(context),
  };
}

function contextOf(options: AccountsOptions): Context {
  const { bus, clock, conversations, directory, events, hasher, placeOf, random, rateFactor = 1 } = options;
  const limiter = options.limiter ?? new MemoryLimiter(clock);
  const oldTokenUsed = (account: AccountId) => notify(bus, [account], 'devices');
  const authenticator = new Authenticator({ directory, clock, oldTokenUsed });
  return {
    ...options,
    authenticator,
    passwords: new Passwords(hasher, random),
    limits: new CredentialLimits(limiter, placeOf, rateFactor),
    revocations: new Revocations(directory.devices, bus, () => authenticator.forget()),
    intents: new Intents({ directory, conversations, bus, clock, events }),
    setup: new Setup({ directory, clock, random }),
    lastSeen: new LastSeen({ devices: directory.devices, clock, events }),
  };
}
