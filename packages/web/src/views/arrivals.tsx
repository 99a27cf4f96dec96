// Tells a screen reader of what somebody else has just said in the open chat; scrolling back says nothing.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { nameOf } from '../view-models/names.ts';
import { saidIn } from '../view-models/said.ts';
import { words } from '../words/words.ts';

/** Invisible; its text changes with each new message. */
export function Arrivals({ open, view }: { readonly open: OpenConversation; readonly view: OpenConversationView }) {
  const [text, setText] = useState('');
  const last = view.rows.at(-1);
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (view.opening || view.newer !== 'end' || last?.type !== 'message') return;
    const isNew = told.current !== null && told.current !== last.key;
    told.current = last.key;
    const { message } = last;
    if (isNew && !message.own) setText(words.chat.arrived(nameOf(open.client, message.sender), saidIn(message)));
  });
  return (
    <div class="for-screen-readers" aria-live="polite">
      {text}
    </div>
  );
}
