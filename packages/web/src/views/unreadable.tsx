// A message that could not be opened: it keeps its place, and says why to whoever asks. A key that comes a moment later
// opens it before anything is said.
import type { MessageView } from '@parley/sdk';
import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { quietMs } from '../view-models/last-line.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Confirm } from './dialog.tsx';
import { Icon } from './icon.tsx';

type Reason = NonNullable<MessageView['unreadable']>;

/** In place of the text; the children stand beside it. */
export function Unreadable({ reason, children }: { readonly reason: Reason; readonly children: ComponentChildren }) {
  const { app } = useContext(AppContext);
  const [quiet, setQuiet] = useState(reason === 'no_key');
  const [asked, setAsked] = useState(false);
  useEffect(() => (quiet ? app.host.after(quietMs, () => setQuiet(false)) : undefined), []);
  return (
    <>
      <button
        type="button"
        class={quiet ? 'bubble-gone unreadable quiet' : 'bubble-gone unreadable'}
        tabIndex={-1}
        aria-busy={quiet}
        disabled={quiet}
        onClick={() => setAsked(true)}
      >
        <Icon name={reason === 'no_key' ? 'clock' : 'warning'} size={16} />
        {titleOf(reason)}
      </button>
      {children}
      {asked && <WhyUnreadable reason={reason} onClose={() => setAsked(false)} />}
    </>
  );
}

/** The reason in a sentence or two. */
export function WhyUnreadable({ reason, onClose }: { readonly reason: Reason; readonly onClose: () => void }) {
  const text = words.encryption.unreadable.reason[reason];
  return <Confirm title={titleOf(reason)} text={text} choices={[]} onClose={onClose} />;
}

function titleOf(reason: Reason): string {
  const { waiting, broken } = words.encryption.unreadable;
  return reason === 'no_key' ? waiting : broken;
}
