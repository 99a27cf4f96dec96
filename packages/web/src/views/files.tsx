// Files in the first load: the place that they take. What they look like and what is done with them is fetched apart, as
// soon as there is a chat on screen.
import type { MessageView } from '@parley/sdk';
import { useEffect, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { heightOf } from '../view-models/file-place.ts';
import type { parts as Fetched } from './files/parts.tsx';

type Parts = typeof Fetched;

let fetched: Parts | null = null;

/** What is fetched apart; null until it is there. What cannot be fetched now is fetched with the next chat. */
export function useFiles(): Parts | null {
  const [parts, setParts] = useState(() => fetched);
  useEffect(() => {
    if (parts !== null) return;
    const fetching = import('./files/parts.tsx').then((module) => {
      fetched = module.parts;
      setParts(fetched);
    });
    inBackground(fetching.catch(() => {}));
  }, []);
  return parts;
}

/** May files be sent here? In encrypted chats that both sides want. */
export function takesFiles({ chat, encrypted }: OpenConversationView): boolean {
  return encrypted && chat.request === null && chat.role !== null;
}

/** The file of a message, or its place. */
export function FilePlace({ message, open }: { readonly message: MessageView; readonly open: OpenConversation }) {
  const files = useFiles();
  if (message.file === null) return null;
  if (files === null) return <div style={{ blockSize: `${heightOf(message.file)}px` }} />;
  return <files.FileIn message={message} open={open} />;
}
