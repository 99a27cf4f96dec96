// The file of a message as far as this page has opened it, held for as long as it is drawn.
import type { Client, MessageView } from '@parley/sdk';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { maxUnaskedBytes } from '../../view-models/file-limits.ts';
import type { FileMessage, Opening } from '../../view-models/opened-files.ts';
import { shownName } from '../../view-models/showable.ts';
import { useViewModel } from '../use-view-model.ts';
import { deskOf } from './desk.ts';

/** A picture this near to the screen is opened. */
const nearPx = 240;

/** A message that carries a file, and whose page it is on. */
export interface FileOf {
  readonly message: FileMessage;
  readonly client: Client;
}

/** Null for one that carries none. */
export function fileMessage(message: MessageView): FileMessage | null {
  const { id, seq, conversation, file } = message;
  return file === null ? null : { id, seq, conversation, file };
}

/** How far it is. */
export function useOpening({ message, client }: FileOf): Opening {
  const { opened } = deskOf(client);
  const opening = useViewModel(opened.of(message));
  useEffect(() => opened.hold(message), [opened, message.id]);
  return opening;
}

/** Opens it when it comes near the screen, unless it is so large that somebody should ask for it. */
export function useOpenedNear(
  place: RefObject<HTMLElement | null>,
  { message, client }: FileOf,
  wanted: boolean,
): void {
  const { opened } = deskOf(client);
  useEffect(() => {
    const element = place.current;
    if (element === null || !wanted || message.seq === null || message.file.bytes > maxUnaskedBytes) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.at(-1)?.isIntersecting === true) opened.open(message);
        else opened.leave(message);
      },
      { rootMargin: `${nearPx}px` },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      opened.leave(message);
    };
  }, [opened, message.id, message.seq, wanted]);
}

/** Opens it, if that was not done yet, and saves it under its name. What goes wrong shows where the file stands. */
export async function save({ message, client }: FileOf): Promise<void> {
  const address = await deskOf(client)
    .opened.address(message)
    .catch(() => null);
  if (address === null) return;
  const link = document.createElement('a');
  link.href = address;
  link.download = shownName(message.file.name);
  link.click();
}
