// The full-screen terminal client, drawn by Ink: chats on the left when there is room, messages, a line to write.
// Tab goes to the next chat with something new (or the next), PageUp loads older, Ctrl-C leaves.
import type { Client, Conversation, ConversationView, Live, Timeline } from '@parley/sdk';
import { Box, render, Text, useApp, useInput, useStdout } from 'ink';
import { createElement as h, type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { messageText } from './message-line.ts';
import { printable, type Terminal } from './terminal.ts';

const listWidth = 28;
const wideColumns = 90;
const pageRows = 30;

/** Draws until the person leaves. */
export async function chatOnScreen(client: Client, first: Conversation | null, terminal: Terminal): Promise<void> {
  const screen = render(h(Screen, { client, first }), {
    stdout: terminal.output as NodeJS.WriteStream,
    stdin: terminal.input as NodeJS.ReadStream,
    exitOnCtrlC: true,
  });
  terminal.interrupted.addEventListener('abort', () => screen.unmount(), { once: true });
  await screen.waitUntilExit();
}

function useLive<T>(live: Live<T>): T {
  return useSyncExternalStore(
    (listener) => live.subscribe(listener),
    () => live.snapshot,
  );
}

function Screen({ client, first }: { readonly client: Client; readonly first: Conversation | null }): ReactNode {
  const stdout = useStdout().stdout as NodeJS.WriteStream;
  const { exit } = useApp();
  const chats = useLive(client.conversations);
  const state = useLive(client.state);
  const [openId, setOpenId] = useState(first?.id ?? chats[0]?.id ?? null);
  const [text, setText] = useState('');
  const open = openId === null ? null : client.conversation(openId);
  const timeline = useMemo(() => open?.timeline({ at: 'newest', count: pageRows }) ?? null, [open]);
  useEffect(() => () => timeline?.close(), [timeline]);

  useInput((input, key) => {
    if (key.escape) return exit();
    if (key.tab) return setOpenId(next(chats, openId));
    if (key.pageUp) return void timeline?.loadOlder(pageRows).catch(() => setText(text));
    if (key.return) {
      if (open !== null && text.trim() !== '') void open.send(text.trim());
      return setText('');
    }
    if (key.backspace || key.delete) return setText([...text].slice(0, -1).join(''));
    if (input !== '' && !key.ctrl && !key.meta) {
      setText(text + input);
      open?.typing();
    }
  });

  const wide = (stdout.columns ?? 80) >= wideColumns;
  const height = (stdout.rows ?? 24) - 1;
  const head = open === null ? 'Parley' : printable(titleOf(open.snapshot));
  return h(
    Box,
    { height },
    wide ? h(ChatColumn, { client, chats, openId, height }) : null,
    h(
      Box,
      { flexDirection: 'column', flexGrow: 1 },
      h(
        Box,
        { justifyContent: 'space-between' },
        h(Text, { bold: true }, head),
        h(Text, { dimColor: true }, state.phase === 'online' ? '' : state.phase.replace('_', ' ')),
      ),
      timeline === null || open === null
        ? h(Text, { dimColor: true }, 'No chat is open.')
        : h(Messages, { client, timeline, open, rows: height - 4 }),
      h(
        Box,
        { borderStyle: 'round', paddingX: 1 },
        h(Text, null, text === '' ? h(Text, { dimColor: true }, 'Message') : text),
      ),
      h(Text, { dimColor: true }, 'Enter send · Tab next chat · PageUp older · Esc leave'),
    ),
  );
}

function ChatColumn(props: {
  readonly client: Client;
  readonly chats: readonly ConversationView[];
  readonly openId: string | null;
  readonly height: number;
}): ReactNode {
  return h(
    Box,
    { flexDirection: 'column', width: listWidth, marginRight: 1 },
    ...props.chats
      .slice(0, props.height)
      .map((chat) =>
        h(
          Text,
          { key: chat.id, wrap: 'truncate', inverse: chat.id === props.openId, bold: chat.unread > 0 },
          `${chat.unread > 0 ? `${chat.unread} ` : ''}${printable(titleOf(chat))}${chat.typing.length > 0 ? ' …' : ''}`,
        ),
      ),
  );
}

function Messages(props: {
  readonly client: Client;
  readonly timeline: Timeline;
  readonly open: Conversation;
  readonly rows: number;
}): ReactNode {
  const view = useLive(props.timeline);
  const { typing, head } = useLive(props.open);
  useEffect(() => {
    if (head > 0) void props.open.markRead(head);
  }, [props.open, head]);
  return h(
    Box,
    { flexDirection: 'column', flexGrow: 1, justifyContent: 'flex-end', overflow: 'hidden' },
    ...view.items.slice(-props.rows).map((message) => {
      const reactions = message.reactions
        .map((r) => `${r.emoji}${r.accounts.length > 1 ? r.accounts.length : ''}`)
        .join(' ');
      const color = message.state === 'read' ? { color: 'blue' } : {};
      return h(
        Text,
        { key: message.id, wrap: 'wrap', dimColor: message.type === 'change', ...color },
        `${messageText(props.client, message)}${reactions === '' ? '' : `  ${reactions}`}`,
      );
    }),
    typing.length > 0 ? h(Text, { dimColor: true, italic: true }, 'typing…') : null,
  );
}

function titleOf(chat: ConversationView): string {
  return chat.notes ? 'Notes to self' : chat.title === '' ? 'Unknown' : chat.title;
}

function next(chats: readonly ConversationView[], openId: string | null): ConversationView['id'] | null {
  const at = chats.findIndex((chat) => chat.id === openId);
  const after = [...chats.slice(at + 1), ...chats.slice(0, at)];
  return (after.find((chat) => chat.unread > 0) ?? after[0] ?? chats[at])?.id ?? null;
}
