// Files in the first load: the place that they take. What they look like and what is done with them is fetched apart, as
// soon as there is a chat on screen.
import type { MessageView } from '@parley/sdk';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { heightOf } from '../view-models/file-place.ts';
import { late, useLate } from './late.ts';

const fileParts = late(async () => (await import('./files/parts.tsx')).parts);

/** All of it; null until it is there. What cannot be fetched now is fetched by the next who needs it. */
export const useFiles = () => useLate(fileParts, () => {});

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
