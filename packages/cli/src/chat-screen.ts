// The full-screen terminal client, drawn by Ink: chats on the left when there is room, messages, a line to write.
// Keys make the next line or the next view; what is written or asked for goes through the same commands as line mode.
import type { Client, Conversation, ConversationView, Timeline } from '@parley/sdk';
import { Box, render, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { createElement as h, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { chatCommands } from './chat-commands.ts';
import { pastedText, type Stroke, strokesOf } from './chat-keys.ts';
import type { ChatParts } from './chat-lines.ts';
import { ChatColumn, Heading, Messages, useLive, WritingLine } from './chat-view.ts';
import { describe } from './exit-codes.ts';
import { emptyLine, type Line, lineText, pressed, typed } from './line-editor.ts';
import { onAsked } from './linking-line.ts';

const wideColumns = 90;
const leastRows = 8;
const pageRows = 30;
/** Lines of help or of a list that are shown above the line that is written. */
const maxNotices = 16;

type ChatId = ConversationView['id'];

/** Draws until the person leaves. Whoever links a device is asked on the plain terminal, and comes back. */
export async function chatOnScreen(parts: ChatParts, first: Conversation | null): Promise<void> {
  const { terminal, client, link } = parts;
  let begin: Beginning = { at: first, notices: [] };
  for (;;) {
    const ending = await draw(parts, begin);
    if (ending === null || terminal.interrupted.aborted) return;
    const notice = await link().then(() => 'The new device is linked.', describe);
    begin = { at: ending.at === null ? null : client.conversation(ending.at), notices: [notice] };
  }
}

/** How a screen begins. */
interface Beginning {
  readonly at: Conversation | null;
  readonly notices: readonly string[];
}

/** It ended because a device is to be linked; this chat was open. */
interface ToLink {
  readonly at: ChatId | null;
}

async function draw(parts: ChatParts, begin: Beginning): Promise<ToLink | null> {
  const { terminal } = parts;
  const screen = render(h(Screen, { parts, begin }), {
    stdout: terminal.output,
    stdin: terminal.input,
    exitOnCtrlC: true,
    alternateScreen: true,
    interactive: true,
  });
  terminal.interrupted.addEventListener('abort', () => screen.unmount(), { once: true });
  return ((await screen.waitUntilExit()) as ToLink | undefined) ?? null;
}

function Screen({ parts, begin }: { readonly parts: ChatParts; readonly begin: Beginning }): ReactNode {
  const { client, now } = parts;
  const { columns, rows } = useWindowSize();
  const { exit } = useApp();
  const chats = useLive(client.conversations);
  const [chosen, setChosen] = useState<ChatId | null>(begin.at?.id ?? null);
  const [notices, setNotices] = useState(begin.notices);
  const [back, setBack] = useState(0);
  const openId = chosen ?? chats[0]?.id ?? null;
  const open = openId === null ? null : client.conversation(openId);
  const timeline = useTimeline(client, open);
  const asked = useAsked(client);

  const say = (text: string) => setNotices((before) => [...before, text].slice(-maxNotices));
  const attempt = (work: Promise<unknown>) => {
    work.catch((error: unknown) => say(describe(error)));
  };
  const goTo = (id: ChatId | null) => {
    setChosen(id);
    setBack(0);
    setNotices([]);
  };
  const half = Math.ceil(rows / 2);
  const older = async () => {
    setBack((before) => Math.min(before + half, Math.max(0, (timeline?.snapshot.items.length ?? 0) - half)));
    await timeline?.loadOlder(pageRows);
  };
  const line = useKeys(
    {
      send: (text) => {
        setBack(0);
        setNotices([]);
        if (text === '/quit' || text === '/q') exit();
        else if (text === '/link') exit({ at: openId } satisfies ToLink);
        else if (text !== '') attempt(obey({ client, open, say, older, goTo }, text));
      },
      next: () => goTo(next(chats, openId)),
      older: () => attempt(older()),
      newer: () => setBack((before) => Math.max(0, before - half)),
      dismiss: () => setNotices([]),
    },
    () => open?.typing(),
  );

  const height = Math.max(leastRows, rows);
  return h(
    Box,
    { height, width: columns },
    columns >= wideColumns ? h(ChatColumn, { chats, openId, height }) : null,
    h(
      Box,
      { flexDirection: 'column', flexGrow: 1, flexBasis: 0, overflow: 'hidden' },
      open === null ? null : h(Heading, { client, open, now }),
      timeline === null || open === null
        ? h(Box, { flexGrow: 1 }, h(Text, { dimColor: true }, 'No chat yet. Write "/open @handle", or "/help".'))
        : h(Messages, { key: open.id, client, timeline, open, rows: height, back, now }),
      h(WritingLine, { line, notices: [...asked, ...notices] }),
    ),
  );
}

/** The newest messages of the open chat; presence and typing are asked for what is on screen. */
function useTimeline(client: Client, open: Conversation | null): Timeline | null {
  const timeline = useMemo(() => open?.timeline({ at: 'newest', count: pageRows }) ?? null, [open]);
  useEffect(() => () => timeline?.close(), [timeline]);
  useEffect(() => {
    const peer = open?.snapshot.peer ?? null;
    client.presence.watch(peer === null ? [] : [peer], open === null ? [] : [open.id]);
  }, [client, open]);
  return timeline;
}

/** A line for as long as another device of the account asks to be let in. */
function useAsked(client: Client): readonly string[] {
  const { comparison } = useLive(client.encryption);
  const [text, setText] = useState('');
  useEffect(() => onAsked(client, setText), [client]);
  return comparison?.state === 'asked' && text !== '' ? [text] : [];
}

type Actions = Readonly<Record<'next' | 'older' | 'newer' | 'dismiss', () => void>> & {
  readonly send: (text: string) => void;
};

/** The line that is written; other keys become actions. Several keys may come at once, so it is kept between draws. */
function useKeys(actions: Actions, onType: () => void): Line {
  const kept = useRef(emptyLine);
  const [line, setLine] = useState(emptyLine);
  const set = (changed: Line) => {
    kept.current = changed;
    setLine(changed);
  };
  const write = (text: string) => {
    set(typed(kept.current, text));
    onType();
  };
  const strike = (stroke: Stroke) => {
    if (stroke.type === 'text') write(stroke.text);
    else if (stroke.type === 'line') set(pressed(kept.current, stroke.key));
    else if (stroke.type === 'send') {
      const text = lineText(kept.current).trim();
      set(emptyLine);
      actions.send(text);
    } else actions[stroke.type]();
  };
  usePaste((text) => write(pastedText(text)));
  useInput((input, key) => {
    for (const stroke of strokesOf(input, key)) strike(stroke);
  });
  return line;
}

interface Doing {
  readonly client: Client;
  readonly open: Conversation | null;
  readonly say: (text: string) => void;
  readonly older: () => Promise<void>;
  readonly goTo: (id: ChatId) => void;
}

/** Sends a text, or does what a line with a slash says. */
async function obey({ client, open, say, older, goTo }: Doing, text: string): Promise<void> {
  const chat = () => {
    if (open === null) throw new Error('No chat is open. /open TO');
    return open;
  };
  const [, verb, rest = ''] = /^\/(\w+)\s*(.*)$/.exec(text) ?? [];
  if (verb === undefined) {
    await chat().send(text);
    return;
  }
  const command = Object.hasOwn(chatCommands, verb) ? chatCommands[verb] : chatCommands.help;
  const screen = { say, chat, older, open: async (conversation: Conversation) => goTo(conversation.id) };
  await command?.act({ client, screen, rest });
}

/** The next chat with something new, or the next. */
function next(chats: readonly ConversationView[], openId: ChatId | null): ChatId | null {
  const at = chats.findIndex((chat) => chat.id === openId);
  const after = [...chats.slice(at + 1), ...chats.slice(0, Math.max(0, at))];
  return (after.find((chat) => chat.unread > 0) ?? after[0] ?? chats[at])?.id ?? null;
}
