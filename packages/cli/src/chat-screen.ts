// The full-screen terminal client, drawn by Ink: chats on the left when there is room, messages, a line to write.
// Keys make the next line or the next view; what is written or asked for goes through the same commands as line mode.
import type { Client, Conversation, ConversationView } from '@parley/sdk';
import { Box, type Key, render, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { createElement as h, type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { chatCommands } from './chat-commands.ts';
import type { ChatParts } from './chat-lines.ts';
import { ChatColumn, Heading, Messages, useLive } from './chat-view.ts';
import { describe } from './exit-codes.ts';
import { emptyLine, type LineKey, lineText, pressed, typed } from './line-editor.ts';
import { printable } from './printable.ts';

const wideColumns = 90;
const pageRows = 30;
/** Lines of help or of a list that are shown above the line that is written. */
const maxNotices = 16;

/** Draws until the person leaves. */
export async function chatOnScreen(parts: ChatParts, first: Conversation | null): Promise<void> {
  const { terminal } = parts;
  const screen = render(h(Screen, { parts, first }), {
    stdout: terminal.output,
    stdin: terminal.input,
    exitOnCtrlC: true,
    alternateScreen: true,
    interactive: true,
  });
  terminal.interrupted.addEventListener('abort', () => screen.unmount(), { once: true });
  await screen.waitUntilExit();
}

function Screen({ parts, first }: { readonly parts: ChatParts; readonly first: Conversation | null }): ReactNode {
  const { client } = parts;
  const { columns, rows } = useWindowSize();
  const { exit } = useApp();
  const chats = useLive(client.conversations);
  const [openId, setOpenId] = useState(first?.id ?? null);
  const [line, setLine] = useState(emptyLine);
  const [notices, setNotices] = useState<readonly string[]>([]);
  const [back, setBack] = useState(0);
  const shownId = openId ?? chats[0]?.id ?? null;
  const open = shownId === null ? null : client.conversation(shownId);
  const timeline = useMemo(() => open?.timeline({ at: 'newest', count: pageRows }) ?? null, [open]);
  useEffect(() => () => timeline?.close(), [timeline]);
  useEffect(() => watch(client, open), [client, open]);

  const say = useCallback((text: string) => setNotices((before) => [...before, text].slice(-maxNotices)), []);
  const attempt = (work: Promise<unknown>) => {
    work.catch((error: unknown) => say(describe(error)));
  };
  const show = (id: ConversationView['id'] | null) => {
    setOpenId(id);
    setBack(0);
    setNotices([]);
  };
  const older = async () => {
    setBack((before) =>
      Math.min(before + Math.ceil(rows / 2), Math.max(0, (timeline?.snapshot.items.length ?? 0) - 1)),
    );
    await timeline?.loadOlder(pageRows);
  };
  const submit = () => {
    const text = lineText(line).trim();
    setLine(emptyLine);
    setNotices([]);
    setBack(0);
    if (text === '/quit' || text === '/q') return exit();
    if (text !== '') attempt(obey({ client, open, say, older, goTo: (id) => show(id) }, text));
  };
  const write = (text: string) => {
    setLine((before) => typed(before, printable(text)));
    open?.typing();
  };

  usePaste(write);
  useInput((input, key) => {
    const editing = lineKeyOf(input, key);
    if (key.escape) setNotices([]);
    else if (key.tab) show(next(chats, shownId));
    else if (key.pageUp) attempt(older());
    else if (key.pageDown) setBack((before) => Math.max(0, before - Math.ceil(rows / 2)));
    else if (key.return) submit();
    else if (editing !== null) setLine((before) => pressed(before, editing));
    else if (input !== '' && !key.ctrl && !key.meta) write(input);
  });

  const height = Math.max(8, rows);
  const main = [
    open === null
      ? h(Text, { key: 'empty', dimColor: true }, 'No chat yet. Write "/open @handle" to begin, "/help" for more.')
      : h(Heading, { key: 'heading', client, open, now: parts.now }),
    timeline === null || open === null
      ? h(Box, { key: 'space', flexGrow: 1 })
      : h(Messages, { key: open.id, client, timeline, open, rows: height, back, now: parts.now }),
    h(
      Box,
      { key: 'notices', flexDirection: 'column', flexShrink: 0 },
      ...notices.map((text, at) => h(Text, { key: at, color: 'yellow' }, text)),
    ),
    h(
      Box,
      { key: 'line', borderStyle: 'round', paddingX: 1, flexShrink: 0 },
      h(Text, null, line.before, h(Text, { inverse: true }, line.after.slice(0, 1) || ' '), line.after.slice(1)),
    ),
    h(
      Text,
      { key: 'keys', dimColor: true, wrap: 'truncate' },
      'Enter send · Tab next chat · PgUp PgDn scroll · /help · Ctrl-C leave',
    ),
  ];
  return h(
    Box,
    { height, width: columns },
    columns >= wideColumns ? h(ChatColumn, { chats, openId: shownId, height }) : null,
    h(Box, { flexDirection: 'column', flexGrow: 1, flexBasis: 0, overflow: 'hidden' }, ...main),
  );
}

interface Doing {
  readonly client: Client;
  readonly open: Conversation | null;
  readonly say: (text: string) => void;
  readonly older: () => Promise<void>;
  readonly goTo: (id: ConversationView['id']) => void;
}

/** Sends a text, or does what a line with a slash says. */
async function obey({ client, open, say, older, goTo }: Doing, text: string): Promise<void> {
  const chat = () => {
    if (open === null) throw new Error('No chat is open. /open TO');
    return open;
  };
  const [, verb, rest = ''] = /^\/(\w+)\s*(.*)$/s.exec(text) ?? [];
  if (verb === undefined) {
    await chat().send(text);
    return;
  }
  const command = Object.hasOwn(chatCommands, verb) ? chatCommands[verb] : chatCommands.help;
  const screen = { say, chat, older, open: async (conversation: Conversation) => goTo(conversation.id) };
  await command?.act({ client, screen, rest });
}

/** Asks for presence and typing of what is on screen. */
function watch(client: Client, open: Conversation | null): void {
  const peer = open?.snapshot.peer ?? null;
  client.presence.watch(peer === null ? [] : [peer], open === null ? [] : [open.id]);
}

function lineKeyOf(input: string, key: Key): LineKey | null {
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.home || (key.ctrl && input === 'a')) return 'start';
  if (key.end || (key.ctrl && input === 'e')) return 'end';
  if (key.backspace) return 'backspace';
  if (key.delete) return 'delete';
  if (key.ctrl && input === 'u') return 'clear';
  return key.ctrl && input === 'w' ? 'word' : null;
}

/** The next chat with something new, or the next. */
function next(chats: readonly ConversationView[], openId: string | null): ConversationView['id'] | null {
  const at = chats.findIndex((chat) => chat.id === openId);
  const after = [...chats.slice(at + 1), ...chats.slice(0, Math.max(0, at))];
  return (after.find((chat) => chat.unread > 0) ?? after[0] ?? chats[at])?.id ?? null;
}
