// Before there is a client: set-up link, invite link, sign in, sign up; and an invite link for somebody who is signed
// in already. The secret of a link stays in the fragment of the address and is used only by the button.
import * as limits from '@parley/protocol/limits';
import { ChatError, type ChatErrorCode, type Entrance, type InvitationView, type SessionView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { inBackground } from './background.ts';
import type { Host } from './host.ts';
import { type KeyReading, nothingRead, readSoFar } from './key-reading.ts';
import { Model } from './model.ts';

export type EntryMode = 'setup' | 'invite' | 'accept' | 'sign_in' | 'recovery' | 'sign_up';

export interface EntryView {
  readonly mode: EntryMode;
  readonly invitation: InvitationView | null;
  readonly canSignUp: boolean;
  /** Nobody runs this server yet: the set-up link makes the first account. */
  readonly setupNeeded: boolean;
  readonly name: string;
  readonly handle: string;
  readonly password: string;
  /** The recovery key, as it is written, and what is to be said of it. */
  readonly key: string;
  readonly reading: KeyReading;
  /** Whoever is signed in here and was invited. */
  readonly member: string | null;
  readonly checking: boolean;
  readonly busy: boolean;
  readonly error: string | null;
  /** The field that the error is about. */
  readonly field: 'handle' | 'password' | null;
  /** The server could not be asked: there is nothing to fill in before it is. */
  readonly unreachable: boolean;
}

export interface Entry extends Pick<Model<EntryView>, 'snapshot' | 'subscribe'> {
  write(fields: Partial<Pick<EntryView, 'name' | 'handle' | 'password' | 'key'>>): void;
  setMode(mode: EntryMode): void;
  submit(): Promise<void>;
  /** Asks the server again. */
  retry(): void;
  /** Leaves the invitation unused. */
  dismiss(): void;
}

/** Somebody has come in; `invite` still has to be accepted. */
export interface Arrival {
  readonly session: SessionView;
  readonly invite: string | null;
  readonly isNew: boolean;
  /** What somebody signed in with opens the chats, too. */
  readonly recoveryKey?: string;
}

export interface EntryParts {
  readonly entrance: Entrance;
  readonly host: Host;
  /** Who is signed in already, and was sent a link. */
  readonly member: {
    readonly name: string;
    accept(secret: string): Promise<void>;
    dismiss(): void;
  } | null;
  readonly done: (arrival: Arrival) => void;
}

const handleErrors: readonly ChatErrorCode[] = ['handle.taken', 'handle.invalid'];

/** The entry page for the present address. */
export function createEntry({ entrance, host, member, done }: EntryParts): Entry {
  const { path, fragment: secret } = host.place();
  const invited: EntryMode = member === null ? 'invite' : 'accept';
  const mode: EntryMode = path === '/setup' ? 'setup' : path === '/i' ? invited : 'sign_in';
  const model = new Model<EntryView>({
    mode,
    invitation: null,
    canSignUp: false,
    setupNeeded: false,
    name: '',
    handle: '',
    password: '',
    key: '',
    reading: nothingRead,
    member: member?.name ?? null,
    checking: true,
    busy: false,
    error: null,
    field: null,
    unreachable: false,
  });
  inBackground(look());

  async function look(): Promise<void> {
    model.update({ checking: true, unreachable: false, error: null });
    try {
      const { signup, setup_needed: setupNeeded } = await entrance.server();
      const invitation = path === '/i' ? await entrance.inspectInvite(secret) : null;
      const canSignUp = signup === 'open' || invitation?.signup === true;
      const next = mode === 'invite' && !canSignUp ? 'sign_in' : mode;
      model.update({ mode: next, invitation, canSignUp, setupNeeded, checking: false });
    } catch (error) {
      show(error);
      const unreachable = (error as { code?: ChatErrorCode }).code === 'client.unreachable';
      model.update({ checking: false, unreachable, mode: mode === 'invite' && !unreachable ? 'sign_in' : mode });
    }
  }

  function show(error: unknown): void {
    const code = (error as { code?: ChatErrorCode }).code;
    const field =
      code === undefined ? null : handleErrors.includes(code) ? 'handle' : code === 'password.weak' ? 'password' : null;
    const isKey = code === 'auth.refused' && model.snapshot.mode === 'recovery';
    const text = isKey ? words.encryption.signIn.refused : words.error(code ?? '');
    model.update({ error: text, field, busy: false });
  }

  async function read(key: string): Promise<void> {
    const reading = await readSoFar(key);
    if (model.snapshot.key === key) model.update({ reading });
  }

  /** A link that cannot be used is not tried again. */
  function usable(): string | null {
    return model.snapshot.invitation === null ? null : secret;
  }

  async function enter(): Promise<void> {
    const { name, handle, password, key, mode: present } = model.snapshot;
    const login = { handle: handle.trim().toLowerCase(), password, deviceName: host.deviceName() };
    const account = { ...login, name: name.trim() };
    if (present === 'setup' || present === 'invite' || present === 'sign_up') check(login);
    switch (present) {
      case 'accept':
        return member?.accept(secret);
      case 'setup':
        return done({ session: await entrance.setUp(secret, account), invite: null, isNew: true });
      case 'invite':
        return signedUp(await entrance.signUp({ ...account, invite: secret }));
      case 'sign_up':
        return done({ session: await entrance.signUp(account), invite: null, isNew: true });
      case 'sign_in':
        return done({ session: await entrance.signIn(login), invite: usable(), isNew: false });
      case 'recovery': {
        const session = await entrance.signInWithRecoveryKey({ ...login, key });
        return done({ session, invite: usable(), isNew: false, recoveryKey: key });
      }
    }
  }

  /** Into a group one comes once there are keys to sign it. */
  function signedUp(session: SessionView): void {
    done({ session, invite: session.invite, isNew: true });
  }

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    write: (fields) => {
      const before = model.snapshot;
      const followed = before.handle === handleFrom(before.name);
      model.update({ ...fields, error: null, field: null });
      if (fields.key !== undefined) inBackground(read(fields.key));
      if (fields.name !== undefined && isNew(before.mode) && followed)
        model.update({ handle: handleFrom(fields.name) });
    },
    setMode: (next) => {
      // Words take a while to type, and the chats are opened with them at once.
      if (next === 'recovery') entrance.prepare();
      model.update({ mode: next, error: null, field: null });
    },
    submit: async () => {
      if (model.snapshot.busy) return;
      model.update({ busy: true, error: null, field: null });
      try {
        await enter();
      } catch (error) {
        show(error);
      }
    },
    retry: () => inBackground(look()),
    dismiss: () => member?.dismiss(),
  };
}

/** An account is made in this mode. */
function isNew(mode: EntryMode): boolean {
  return mode !== 'sign_in' && mode !== 'recovery';
}

/** The server says only that there is something wrong with these. */
function check({ handle, password }: { readonly handle: string; readonly password: string }): void {
  const { length } = handle.replace(/^@/, '');
  if (length < limits.minHandleCharacters || length > limits.maxHandleCharacters) throw new ChatError('handle.invalid');
  if (password.length < limits.minPasswordCharacters) throw new ChatError('password.weak');
}

/** Letters that do not come apart into a plain one and a mark. */
const plainLetters: Readonly<Record<string, string>> = {
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** A handle to begin with, from a name. */
export function handleFrom(name: string): string {
  const plain = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[øæœßłđðþı]/g, (letter) => plainLetters[letter] ?? '')
    .replace(/[^a-z0-9]+/g, '.');
  const handle = plain.replace(/^[^a-z]+|\.+$/g, '').slice(0, limits.maxHandleCharacters);
  return handle === '' ? '' : handle.padEnd(limits.minHandleCharacters, '1');
}
