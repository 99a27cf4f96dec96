// The page before the chats: set-up, invitation, sign in, sign up. One form, one button.
import { useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { Entry, EntryView } from '../view-models/entry.ts';
import { words } from '../words/words.ts';
import { Avatar } from './avatar.tsx';
import { Failure } from './failure.tsx';
import { IconButton } from './icon.tsx';
import { KeyField } from './key-field.tsx';
import { useViewModel } from './use-view-model.ts';

/** The form of the present mode. */
export function EntryPage({ entry }: { readonly entry: Entry }) {
  const view = useViewModel(entry);
  if (view.checking) return <main class="entry" aria-busy="true" aria-label={words.entry.checking} />;
  return (
    <main class="entry">
      <form
        class="entry-card"
        onSubmit={(event) => {
          event.preventDefault();
          inBackground(entry.submit());
        }}
      >
        <Who view={view} />
        <h1 dir="auto">{titleOf(view)}</h1>
        <p class="soft">{textOf(view)}</p>
        {view.invitation?.approval === true && <p class="soft">{words.invitations.landing}</p>}
        {view.unreachable ? (
          <Failure text={view.error ?? ''} retry={() => entry.retry()} />
        ) : (
          <Form entry={entry} view={view} />
        )}
        <p class="entry-note">{words.encryption.signIn.note}</p>
      </form>
    </main>
  );
}

function Who({ view }: { readonly view: EntryView }) {
  const inviter = view.invitation?.inviter;
  return inviter === undefined ? (
    <img src="/icon.svg" alt="" width="64" height="64" />
  ) : (
    <Avatar id={inviter.account} name={inviter.name} size={88} />
  );
}

function Form({ entry, view }: { readonly entry: Entry; readonly view: EntryView }) {
  const newcomer = view.mode !== 'sign_in' && view.mode !== 'recovery' && view.mode !== 'accept';
  return (
    <>
      {newcomer && <Field entry={entry} view={view} name="name" label={words.entry.name} autocomplete="name" first />}
      {view.mode !== 'accept' && <Handle entry={entry} view={view} newcomer={newcomer} />}
      {view.mode === 'recovery' && (
        <KeyField value={view.key} reading={view.reading} focus={false} write={(key) => entry.write({ key })} />
      )}
      {view.mode !== 'accept' && view.mode !== 'recovery' && (
        <Field
          entry={entry}
          view={view}
          name="password"
          label={words.entry.password}
          {...(newcomer ? { hint: words.entry.passwordHint } : {})}
          autocomplete={newcomer ? 'new-password' : 'current-password'}
          first={false}
        />
      )}
      {view.error !== null && (
        <p class="problem" role="alert" id="entry-error">
          {view.error}
        </p>
      )}
      <button
        type="submit"
        class="button primary wide"
        disabled={view.busy || (view.mode === 'recovery' && !view.reading.isKey)}
        aria-busy={view.busy}
      >
        {buttonOf(view)}
      </button>
      <Others entry={entry} view={view} />
    </>
  );
}

/** A newcomer's handle follows the name: a line of text, and a field only for those who want another. */
function Handle({
  entry,
  view,
  newcomer,
}: {
  readonly entry: Entry;
  readonly view: EntryView;
  readonly newcomer: boolean;
}) {
  const [asked, setAsked] = useState(false);
  const written = view.name.trim() !== '';
  const asField = !newcomer || asked || view.field === 'handle' || (written && view.handle === '');
  if (asField) {
    return (
      <Field
        entry={entry}
        view={view}
        name="handle"
        label={words.entry.handle}
        {...(newcomer ? { hint: words.entry.handleHint } : {})}
        autocomplete="username"
        first={!newcomer}
      />
    );
  }
  if (view.handle === '') return null;
  return (
    <p class="handle-line soft">
      {words.entry.handleLine(view.handle)}
      <input type="hidden" name="username" autocomplete="username" value={view.handle} />
      <button type="button" class="link-button" onClick={() => setAsked(true)}>
        {words.entry.changeHandle}
      </button>
    </p>
  );
}

function Field(props: {
  readonly entry: Entry;
  readonly view: EntryView;
  readonly name: 'name' | 'handle' | 'password';
  readonly label: string;
  readonly hint?: string;
  readonly autocomplete: 'name' | 'username' | 'new-password' | 'current-password';
  readonly first: boolean;
}) {
  const { entry, view, name } = props;
  const [shown, setShown] = useState(false);
  const wrong = view.field === name;
  const described = [wrong && 'entry-error', props.hint !== undefined && `entry-${name}-hint`].filter(Boolean);
  return (
    <div class="field">
      <label for={`entry-${name}`}>{props.label}</label>
      <div class="field-line">
        <input
          id={`entry-${name}`}
          type={(name === 'password' && !shown ? 'password' : 'text') as 'text'}
          value={view[name]}
          required
          maxLength={name === 'name' ? 64 : undefined}
          autocomplete={props.autocomplete}
          autocapitalize={name === 'name' ? 'words' : 'none'}
          spellcheck={false}
          aria-invalid={wrong}
          aria-describedby={described.length > 0 ? described.join(' ') : undefined}
          onInput={(event) => entry.write({ [name]: event.currentTarget.value })}
          ref={(element) => {
            if (props.first && document.activeElement === document.body) element?.focus();
          }}
        />
        {name === 'password' && (
          <IconButton
            icon="eye"
            label={shown ? words.entry.hidePassword : words.entry.showPassword}
            pressed={shown}
            onPress={() => setShown(!shown)}
          />
        )}
      </div>
      {props.hint !== undefined && <small id={`entry-${name}-hint`}>{props.hint}</small>}
    </div>
  );
}

/** The other way in. */
function Others({ entry, view }: { readonly entry: Entry; readonly view: EntryView }) {
  const link = (label: string, press: () => void) => (
    <button type="button" class="link-button" onClick={press}>
      {label}
    </button>
  );
  switch (view.mode) {
    case 'setup':
      return null;
    case 'accept':
      return link(words.entry.notNow, () => entry.dismiss());
    case 'sign_in': {
      const other = view.invitation === null ? 'sign_up' : 'invite';
      return (
        <>
          {link(words.encryption.signIn.withKey, () => entry.setMode('recovery'))}
          {view.canSignUp && link(words.entry.noAccount, () => entry.setMode(other))}
        </>
      );
    }
    case 'recovery':
      return link(words.encryption.signIn.withPassword, () => entry.setMode('sign_in'));
    default:
      return link(words.entry.haveAccount, () => entry.setMode('sign_in'));
  }
}

function titleOf({ invitation, mode }: EntryView): string {
  if (invitation !== null && mode !== 'sign_in' && mode !== 'recovery') {
    const { name } = invitation.inviter;
    return invitation.kind === 'conversation'
      ? words.entry.inviteConversation(name, invitation.title)
      : words.entry.inviteTitle(name);
  }
  if (mode === 'setup') return words.entry.setupTitle;
  return mode === 'sign_up' ? words.entry.signUpTitle : words.entry.signInTitle;
}

function textOf({ mode, invitation, member, setupNeeded }: EntryView): string {
  switch (mode) {
    case 'setup':
      return words.entry.setupText;
    case 'sign_up':
      return words.entry.signUpText;
    case 'sign_in':
      return setupNeeded ? words.entry.setupNeeded : words.entry.signInText;
    case 'recovery':
      return words.encryption.signIn.text;
    case 'accept':
      return member === null ? '' : words.entry.acceptText(member);
    case 'invite':
      if (invitation === null) return '';
      return invitation.kind === 'conversation' ? words.entry.comeIn : words.entry.inviteText(invitation.inviter.name);
  }
}

function buttonOf({ mode, member }: EntryView): string {
  const { entry } = words;
  if (mode === 'accept') return entry.acceptWith(member ?? '');
  return {
    setup: entry.setup,
    invite: entry.join,
    sign_up: entry.signUp,
    sign_in: entry.signIn,
    recovery: entry.signIn,
  }[mode];
}
