// The ways in which files come into a chat: chosen by a button, pasted, or dropped on it.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { OpenConversation } from '../../view-models/conversation.ts';
import { files as texts } from '../../words/english-files.ts';
import { Icon, IconButton } from '../icon.tsx';
import { type Desk, deskOf } from './desk.ts';

/** Opens the browser's own choice of files. */
export function AttachButton({ open, disabled }: { readonly open: OpenConversation; readonly disabled: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const desk = deskOf(open.client);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={texts.attach}
        onChange={({ currentTarget }) => {
          desk.choose(open.conversation.id, [...(currentTarget.files ?? [])]);
          // The same file may be chosen again.
          currentTarget.value = '';
        }}
      />
      <IconButton icon="clip" label={texts.attach} disabled={disabled} onPress={() => input.current?.click()} />
    </>
  );
}

/** Takes what is pasted and dropped; shows where while something is dragged over the chat. */
export function DropArea({ open }: { readonly open: OpenConversation }) {
  const mark = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const pane = mark.current?.closest<HTMLElement>('.conversation-pane');
    return pane === undefined || pane === null ? undefined : listen(pane, open, setOver);
  }, [open]);
  return (
    <div ref={mark} class={over ? 'drop-area over' : 'drop-area'} aria-hidden={!over}>
      {over && (
        <p>
          <Icon name="clip" />
          {texts.drop}
        </p>
      )}
    </div>
  );
}

function listen(pane: HTMLElement, open: OpenConversation, setOver: (over: boolean) => void): () => void {
  const desk = deskOf(open.client);
  const { id } = open.conversation;
  const stop = new AbortController();
  const { signal } = stop;
  let depth = 0;
  const move = (by: number) => {
    depth = Math.max(0, depth + by);
    setOver(depth > 0);
  };
  pane.addEventListener('dragenter', (event) => hasFiles(event) && move(1), { signal });
  pane.addEventListener('dragleave', (event) => hasFiles(event) && move(-1), { signal });
  pane.addEventListener(
    'drop',
    (event) => {
      move(-depth);
      if (hasFiles(event) && isFree(desk)) desk.choose(id, [...(event.dataTransfer?.files ?? [])]);
    },
    { signal },
  );
  // Beside the chat a file that is dropped would take the place of the page.
  for (const name of ['dragover', 'drop'] as const)
    addEventListener(name, (event) => hasFiles(event) && event.preventDefault(), { signal });
  document.addEventListener('paste', (event) => paste(event, pane, { open, desk }), { signal });
  return () => stop.abort();
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') === true;
}

/** A text that was copied comes with a picture of itself from some programs: then the text is meant. */
function paste(
  event: ClipboardEvent,
  pane: HTMLElement,
  of: { readonly open: OpenConversation; readonly desk: Desk },
): void {
  const { clipboardData, target } = event;
  const files = [...(clipboardData?.files ?? [])];
  const elsewhere = target instanceof HTMLInputElement && !pane.contains(target);
  if (files.length === 0 || clipboardData?.types.includes('text/plain') || elsewhere || !isFree(of.desk)) return;
  event.preventDefault();
  of.desk.choose(of.open.conversation.id, files);
}

/** Nothing lies over the chat but what was chosen before. */
function isFree(desk: Desk): boolean {
  return desk.choosing.snapshot !== null || document.querySelector('dialog[open]') === null;
}
