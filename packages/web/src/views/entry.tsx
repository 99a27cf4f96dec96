// The page before the chats: set-up, invitation, sign in, sign up. One form, one button.
import { useState } from 'preact/hooks';
import type { Entry, EntryView } from '../view-models/entry.ts';
import { words } from '../words/words.ts';
import { Avatar } from './avatar.tsx';
import { IconButton } from './icon.tsx';
import { useViewModel } from './use-view-model.ts';

/** The form of the present mode. */
export function EntryPage({ entry }: { readonly entry: Entry }) {
  const view = useViewModel(entry);
  if (view.checking) return <main class="entry" aria-busy="true" aria-label={words.entry.checking} />;
  const inviter = view.invitation?.inviter;
  const newcomer = view.mode !== 'sign_in';
  return (
    <main class="entry">
      <form
        class="entry-card"
        onSubmit={(event) => {
          event.preventDefault();
          void entry.submit();
        }}
      >
        {inviter === undefined ? (
          <img src="/icon.svg" alt="" width="64" height="64" />
        ) : (
          <Avatar id={inviter.account} name={inviter.name} size={88} />
        )}
        <h1>{titleOf(view)}</h1>
        <p class="soft">{textOf(view)}</p>
        {newcomer && (
          <Field
            entry={entry}
            view={view}
            name="name"
            label={words.entry.name}
            hint={words.entry.nameHint}
            autocomplete="name"
            first
          />
        )}
        <Field
          entry={entry}
          view={view}
          name="handle"
          label={words.entry.handle}
          {...(newcomer ? { hint: words.entry.handleHint } : {})}
          autocomplete="username"
          first={!newcomer}
        />
        <Field
          entry={entry}
          view={view}
          name="password"
          label={words.entry.password}
          {...(newcomer ? { hint: words.entry.passwordHint } : {})}
          autocomplete={newcomer ? 'new-password' : 'current-password'}
          first={false}
        />
        {view.error !== null && (
          <p class="problem" role="alert" id="entry-error">
            {view.error}
          </p>
        )}
        <button type="submit" class="button primary wide" disabled={view.busy}>
          {buttonOf(view)}
        </button>
        <Others entry={entry} view={view} />
        <p class="entry-note">{words.entry.notEncryptedYet}</p>
      </form>
    </main>
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
  return (
    <div class="field">
      <label for={`entry-${name}`}>{props.label}</label>
      <div class="field-line">
        <input
          id={`entry-${name}`}
          type={(name === 'password' && !shown ? 'password' : 'text') as 'text'}
          value={view[name]}
          required
          autocomplete={props.autocomplete}
          autocapitalize={name === 'name' ? 'words' : 'none'}
          spellcheck={false}
          aria-invalid={wrong}
          aria-describedby={wrong ? 'entry-error' : `entry-${name}-hint`}
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
      <small id={`entry-${name}-hint`}>{props.hint}</small>
    </div>
  );
}

function Others({ entry, view }: { readonly entry: Entry; readonly view: EntryView }) {
  if (view.mode === 'setup') return null;
  const back = view.invitation === null ? 'sign_up' : 'invite';
  if (view.mode !== 'sign_in') {
    return (
      <button type="button" class="link-button" onClick={() => entry.setMode('sign_in')}>
        {words.entry.haveAccount}
      </button>
    );
  }
  return view.canSignUp ? (
    <button type="button" class="link-button" onClick={() => entry.setMode(back)}>
      {words.entry.noAccount}
    </button>
  ) : null;
}

function titleOf(view: EntryView): string {
  const { invitation } = view;
  if (invitation !== null) {
    return invitation.kind === 'conversation'
      ? words.entry.inviteConversation(invitation.inviter.name, invitation.title)
      : words.entry.inviteTitle(invitation.inviter.name);
  }
  return view.mode === 'setup'
    ? words.entry.setupTitle
    : view.mode === 'sign_up'
      ? words.entry.signUpTitle
      : words.entry.signInTitle;
}

function textOf(view: EntryView): string {
  if (view.mode === 'setup') return words.entry.setupText;
  if (view.mode === 'invite' && view.invitation !== null) return words.entry.inviteText(view.invitation.inviter.name);
  return words.entry.private;
}

function buttonOf(view: EntryView): string {
  return {
    setup: words.entry.setup,
    invite: words.entry.join,
    sign_up: words.entry.signUp,
    sign_in: words.entry.signIn,
  }[view.mode];
}
