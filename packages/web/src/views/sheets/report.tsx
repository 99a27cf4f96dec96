// Somebody is reported to the operator. It says who gets what, shows every message that is sent, and sends nothing else.
import type { ConversationId } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { ReportDraft } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { nameOf } from '../../view-models/names.ts';
import { type Reason, type Reporting, reasons, reportingOf } from '../../view-models/reporting.ts';
import { report as texts } from '../../words/english-later.ts';
import { fullTime, words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Dialog } from '../dialog.tsx';
import { Failure } from '../failure.tsx';
import { Icon } from '../icon.tsx';
import { SkeletonRows } from '../skeleton.tsx';
import { useViewModel } from '../use-view-model.ts';

/** Of the other in this chat. */
export function ReportSheet({ of }: { readonly of: ConversationId }) {
  const { chats } = useContext(AppContext);
  const [reporting] = useState(() => reportingOf(chats.client, of));
  return reporting === null ? null : <Report of={of} reporting={reporting} />;
}

function Report({ of, reporting }: { readonly of: ConversationId; readonly reporting: Reporting }) {
  const { app, chats } = useContext(AppContext);
  const { draft, failed, done } = useViewModel(reporting);
  const chat = chats.client.conversation(of)?.snapshot;
  const peer = chat?.peer ?? null;
  const name = peer === null ? '' : nameOf(chats.client, peer);
  // A request that was blocked has nothing left to answer.
  const [wasRequest] = useState(chat?.request === 'in');
  useEffect(() => inBackground(reporting.load()), [reporting]);
  const close = () => {
    chats.sheets.close();
    if (done === 'blocked' && wasRequest) app.leave();
  };
  return (
    <Dialog title={texts.title(name)} onClose={close}>
      {done !== null ? (
        <Done name={name} blocked={done === 'blocked'} close={close} />
      ) : failed !== null ? (
        <Failure text={failed} retry={() => inBackground(reporting.load())} />
      ) : draft === null ? (
        <SkeletonRows count={3} small />
      ) : (
        <Form draft={draft} name={name} blocked={chat?.blocked === true} reporting={reporting} />
      )}
    </Dialog>
  );
}

function Form(props: {
  readonly draft: ReportDraft;
  readonly name: string;
  readonly blocked: boolean;
  readonly reporting: Reporting;
}) {
  const { draft, name, blocked, reporting } = props;
  const { chats } = useContext(AppContext);
  const { reason, note, busy, error } = useViewModel(reporting);
  return (
    <form
      class="sheet-form"
      onSubmit={(event) => {
        event.preventDefault();
        inBackground(reporting.send(!blocked));
      }}
    >
      <p>{texts.what(draft.messages.length, name)}</p>
      {draft.messages.length > 0 && <Shown draft={draft} name={name} />}
      <p class="soft">{texts.rest(name)}</p>
      <label class="choice">
        <span>{texts.reason}</span>
        <select value={reason} onChange={(event) => reporting.setReason(event.currentTarget.value as Reason)}>
          {reasons.map((each) => (
            <option key={each} value={each}>
              {texts.reasons[each]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{texts.note}</span>
        <input
          value={note}
          maxLength={limits.maxReportNoteCharacters}
          onInput={(event) => reporting.setNote(event.currentTarget.value)}
        />
      </label>
      {error !== null && (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
      <div class="button-line">
        <button type="submit" class="button danger" disabled={busy} aria-busy={busy}>
          {blocked ? texts.only : texts.andBlock}
        </button>
        {!blocked && (
          <button type="button" class="button" disabled={busy} onClick={() => inBackground(reporting.send(false))}>
            {texts.only}
          </button>
        )}
        <button type="button" class="button" disabled={busy} onClick={() => chats.sheets.close()}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

/** Every message that is sent, as it is sent: no part of it is a link. */
function Shown({ draft, name }: { readonly draft: ReportDraft; readonly name: string }) {
  return (
    <div class="row-shared" style={{ margin: 0, background: 'var(--field)' }}>
      <ul aria-label={texts.shown(name)}>
        {draft.messages.map(({ id, storedAt, text }) => (
          <li key={id}>
            <time dateTime={new Date(storedAt).toISOString()}>{fullTime(storedAt)}</time>
            {text.split('\n').map((line, at) => (
              <div key={at} dir="auto">
                {line}
              </div>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Done(props: { readonly name: string; readonly blocked: boolean; readonly close: () => void }) {
  return (
    <>
      <p class="well" role="status">
        <Icon name="check" />
        {props.blocked ? texts.doneBlocked(props.name) : texts.done}
      </p>
      <button type="button" class="button primary" ref={(button) => button?.focus()} onClick={props.close}>
        {words.close}
      </button>
    </>
  );
}
