// Before there is a client: set-up link, invite link, sign in, sign up. The secret of a link stays in the
// fragment of the address and is used only by the button.
import { limits } from '@parley/protocol';
import type { ChatErrorCode, Entrance, InvitationView, SessionView } from '@parley/sdk';
import { words } from '../words/words.ts';
import type { Host } from './host.ts';
import { Model } from './model.ts';

export type EntryMode = 'setup' | 'invite' | 'sign_in' | 'sign_up';

export interface EntryView {
  readonly mode: EntryMode;
  readonly invitation: InvitationView | null;
  readonly canSignUp: boolean;
  readonly name: string;
  readonly handle: string;
  readonly password: string;
  readonly checking: boolean;
  readonly busy: boolean;
  readonly error: string | null;
  /** The field that the error is about. */
  readonly field: 'name' | 'handle' | 'password' | null;
}

export interface Entry extends Pick<Model<EntryView>, 'snapshot' | 'subscribe'> {
  write(fields: Partial<Pick<EntryView, 'name' | 'handle' | 'password'>>): void;
  setMode(mode: EntryMode): void;
  submit(): Promise<void>;
}

const handleErrors: readonly ChatErrorCode[] = ['handle.taken', 'handle.invalid'];

/** The entry page for the present address. `done` gets the session, the secret too when it still has to be accepted. */
export function createEntry(
  entrance: Entrance,
  host: Host,
  done: (session: SessionView, unusedInvite: string | null) => void,
): Entry {
  const { path, fragment } = host.place();
  const secret = fragment;
  const mode: EntryMode = path === '/setup' ? 'setup' : path === '/i' ? 'invite' : 'sign_in';
  const model = new Model<EntryView>({
    mode,
    invitation: null,
    canSignUp: false,
    name: '',
    handle: '',
    password: '',
    checking: mode !== 'setup',
    busy: false,
    error: null,
    field: null,
  });
  void look();

  async function look(): Promise<void> {
    try {
      const server = await entrance.server();
      const invitation = mode === 'invite' ? await entrance.inspectInvite(secret) : null;
      const start: EntryMode = mode === 'sign_in' && server.setup_needed ? 'sign_in' : mode;
      model.update({
        mode: start,
        invitation,
        canSignUp: server.signup === 'open' || invitation?.signup === true,
        checking: false,
      });
    } catch (error) {
      show(error);
      model.update({ checking: false, mode: mode === 'invite' ? 'sign_in' : mode });
    }
  }

  function show(error: unknown): void {
    const code = (error as { code?: ChatErrorCode }).code;
    const field =
      code === undefined ? null : handleErrors.includes(code) ? 'handle' : code === 'password.weak' ? 'password' : null;
    model.update({ error: words.error(code ?? ''), field, busy: false });
  }

  async function enter(): Promise<SessionView> {
    const { name, handle, password } = model.snapshot;
    const login = { handle: handle.trim().toLowerCase(), password, deviceName: host.deviceName() };
    const account = { ...login, name: name.trim() };
    switch (model.snapshot.mode) {
      case 'setup':
        return entrance.setUp(secret, account);
      case 'invite':
        return entrance.signUp({ ...account, invite: secret });
      case 'sign_up':
        return entrance.signUp(account);
      case 'sign_in':
        return entrance.signIn(login);
    }
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
      if (fields.name !== undefined && before.mode !== 'sign_in' && followed)
        model.update({ handle: handleFrom(fields.name) });
    },
    setMode: (next) => model.update({ mode: next, error: null, field: null }),
    submit: async () => {
      if (model.snapshot.busy) return;
      model.update({ busy: true, error: null, field: null });
      const unused = path === '/i' && model.snapshot.mode === 'sign_in' ? secret : null;
      try {
        done(await enter(), unused);
      } catch (error) {
        show(error);
      }
    },
  };
}

/** A handle to begin with, from a name. */
export function handleFrom(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.');
  return plain.replace(/^[^a-z]+|\.+$/g, '').slice(0, limits.maxHandleCharacters);
}
