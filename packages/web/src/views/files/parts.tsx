// Everything about files that the page fetches apart: what stands over an open chat, in its bubbles and in their menus.
import type { MessageView } from '@parley/sdk';
import { useEffect, useRef } from 'preact/hooks';
import '../../styles/files.css';
import type { MessageId } from '@parley/protocol';
import { inBackground } from '../../view-models/background.ts';
import type { OpenConversation, OpenConversationView } from '../../view-models/conversation.ts';
import { lookOf } from '../../view-models/showable.ts';
import { files as texts } from '../../words/english-files.ts';
import type { MenuItem } from '../menu.tsx';
import { AttachButton, DropArea } from './attach.tsx';
import { Choice } from './choice.tsx';
import { deskOf } from './desk.ts';
import { FileIn } from './file-in.tsx';
import { UploadRows } from './upload-rows.tsx';
import { fileMessage, save } from './use-opening.ts';
import { Viewer } from './viewer.tsx';

/** Over the composer: what is on its way, what was chosen, what is looked at. `writes`: files may be sent here. */
function OverChat(props: {
  readonly open: OpenConversation;
  readonly view: OpenConversationView;
  readonly writes: boolean;
}) {
  const { open, view, writes } = props;
  useForgetting(open, view);
  return (
    <>
      <UploadRows open={open} />
      {writes && <DropArea open={open} />}
      {writes && <Choice open={open} />}
      <Viewer open={open} view={view} />
    </>
  );
}

/** What was deleted, or has expired, does not stay on the page. */
function useForgetting(open: OpenConversation, { rows }: OpenConversationView): void {
  const before = useRef<ReadonlySet<MessageId>>(new Set());
  useEffect(() => {
    const now = new Set(rows.flatMap((row) => (row.type === 'message' && row.message.file ? [row.message.id] : [])));
    deskOf(open.client).opened.forget([...before.current].filter((id) => !now.has(id)));
    before.current = now;
  }, [open, rows]);
}

/** What can be done with the file of a message. */
function menuItems(message: MessageView, open: OpenConversation): readonly MenuItem[] {
  const carried = fileMessage(message);
  if (carried === null) return [];
  const { client } = open;
  const desk = deskOf(client);
  const look = lookOf(carried.file);
  const press = () => (look === 'image' ? desk.viewing.set(message.id) : desk.opened.open(carried, true));
  const shows: MenuItem = {
    label: look === 'image' ? texts.open : texts.play,
    icon: look === 'image' ? 'eye' : 'play',
    press,
  };
  return [
    ...(look === 'file' ? [] : [shows]),
    { label: texts.save, icon: 'save', press: () => inBackground(save({ message: carried, client })) },
  ];
}

export const parts = { AttachButton, FileIn, OverChat, menuItems } as const;
