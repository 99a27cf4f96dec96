// The recovery key in a sheet: the words to write down, two of them asked for, and a new one with the password.
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { recovery as texts } from '../../words/english-later.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Code } from '../code.tsx';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icon.tsx';
import { SkeletonRows } from '../skeleton.tsx';
import { useViewModel } from '../use-view-model.ts';

/** Whatever the step; it forgets the words when it closes. */
export function RecoveryKeySheet() {
  const { chats } = useContext(AppContext);
  const { recovery } = chats.encryption;
  const { step } = useViewModel(recovery);
  useEffect(() => {
    recovery.begin();
    return () => recovery.end();
  }, []);
  const title = { check: texts.checkTitle, done: texts.doneTitle } as const;
  return (
    <Dialog
      title={step === 'check' || step === 'done' ? title[step] : texts.title}
      onClose={() => chats.sheets.close()}
      onBack={step === 'check' ? () => recovery.showAgain() : undefined}
      footer={step === 'show' ? <Written /> : undefined}
    >
      <Step />
    </Dialog>
  );
}

function Step() {
  const { chats } = useContext(AppContext);
  const { step, error } = useViewModel(chats.encryption.recovery);
  switch (step) {
    case 'loading':
      return error === null ? <SkeletonRows count={4} small /> : <Wrong text={error} />;
    case 'show':
      return <Shown />;
    case 'check':
      return <Check />;
    case 'done':
      return <Done />;
    case 'saved':
      return <Renew text={texts.savedText} />;
    case 'unfinished':
      return <Renew text={texts.unfinishedText} />;
    case 'unknown':
      return <p>{words.encryption.opening}</p>;
  }
}

function Wrong({ text }: { readonly text: string }) {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

/** The words in their order, the groups, the code. Only the first part goes on paper. */
function Shown() {
  const { app, chats } = useContext(AppContext);
  const { key } = useViewModel(chats.encryption.recovery);
  const [copied, setCopied] = useState(false);
  const { handle } = chats.client.me.snapshot;
  if (key === null) return null;
  const copy = () =>
    app.host.copy(key.words.join(' ')).then(
      () => setCopied(true),
      // Where the clipboard is refused there are pen and paper.
      () => {},
    );
  return (
    <>
      <p>{texts.text}</p>
      <div class="recovery-paper">
        <p class="only-printed recovery-title">{texts.printTitle(handle)}</p>
        <ol class="recovery-words" aria-label={texts.wordsLabel}>
          {key.words.map((word, index) => (
            <li key={index}>{word}</li>
          ))}
        </ol>
        <p class="only-printed">{texts.printText}</p>
      </div>
      <div class="button-line">
        <button type="button" class="button" onClick={() => void copy()}>
          {copied ? words.copied : words.copy}
        </button>
        <button type="button" class="button" onClick={() => print()}>
          {texts.print}
        </button>
      </div>
      <p class="soft">{texts.warning}</p>
      <details class="recovery-more">
        <summary>{texts.groupsTitle}</summary>
        <p class="soft">{texts.groupsText}</p>
        <p class="recovery-groups">{key.groups}</p>
        <Code text={key.groups.replaceAll(' ', '')} label={texts.qr} />
      </details>
    </>
  );
}

function Written() {
  const { recovery } = useContext(AppContext).chats.encryption;
  return (
    <button type="button" class="button primary" onClick={() => recovery.check()}>
      {texts.written}
    </button>
  );
}

function Check() {
  const { recovery } = useContext(AppContext).chats.encryption;
  const { asked, wrong, busy, error } = useViewModel(recovery);
  const [answers, setAnswers] = useState<readonly string[]>(asked.map(() => ''));
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <form
      class="sheet-form"
      onSubmit={(event) => {
        event.preventDefault();
        inBackground(recovery.confirm(answers));
      }}
    >
      <p>{texts.checkText}</p>
      {asked.map((place, at) => (
        <label class="field" key={place}>
          <span>{texts.word(place)}</span>
          <input
            ref={at === 0 ? first : null}
            value={answers[at] ?? ''}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-invalid={wrong === place}
            onInput={(event) => {
              const { value } = event.currentTarget;
              setAnswers(answers.map((answer, index) => (index === at ? value : answer)));
            }}
          />
        </label>
      ))}
      {wrong !== null && <Wrong text={texts.wrong(wrong)} />}
      {error !== null && <Wrong text={error} />}
      <button type="submit" class="button primary" disabled={busy || answers.some((answer) => answer.trim() === '')}>
        {texts.confirm}
      </button>
    </form>
  );
}

function Done() {
  const { chats } = useContext(AppContext);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <>
      <p class="well" role="status">
        <Icon name="check" />
        {texts.doneText}
      </p>
      <button ref={button} type="button" class="button primary" onClick={() => chats.sheets.close()}>
        {texts.done}
      </button>
    </>
  );
}

/** With the password, because whoever holds an open device must not take the account with it. */
function Renew({ text }: { readonly text: string }) {
  const { recovery } = useContext(AppContext).chats.encryption;
  const { busy, error } = useViewModel(recovery);
  const [password, setPassword] = useState('');
  return (
    <form
      class="sheet-form"
      onSubmit={(event) => {
        event.preventDefault();
        inBackground(recovery.renew(password));
      }}
    >
      <p>{text}</p>
      <p class="soft">{texts.renewText}</p>
      <label class="field">
        <span>{texts.password}</span>
        <input
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
      </label>
      {error !== null && <Wrong text={error} />}
      <button type="submit" class="button primary" disabled={busy || password === ''} aria-busy={busy}>
        {texts.renew}
      </button>
    </form>
  );
}
