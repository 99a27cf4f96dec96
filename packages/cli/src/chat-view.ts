// What the full screen is made of: the column of chats, the heading, the messages. They draw snapshots and do nothing.
import type { Client, Conversation, ConversationView, Live, PresenceView, Timeline } from '@parley/sdk';
import { Box, Text } from 'ink';
import { createElement as h, type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { titleOf } from './chat-title.ts';
import { differencesIn } from './differences.ts';
import type { Line } from './line-editor.ts';
import { messageText, readableText, timeText } from './message-line.ts';
import { printable } from './printable.ts';

const listWidth = 28;

export function useLive<T>(live: Live<T>): T {
  return useSyncExternalStore(
    (listener) => live.subscribe(listener),
    () => live.snapshot,
  );
}

/** The chats, newest activity first. */
export function ChatColumn(props: {
  readonly chats: readonly ConversationView[];
  readonly openId: string | null;
  readonly height: number;
}): ReactNode {
  return h(
    Box,
    { flexDirection: 'column', width: listWidth, marginRight: 1, flexShrink: 0 },
    ...props.chats.slice(0, props.height).map((chat) => {
      const unread = chat.unread > 0 ? `${chat.unread} ` : '';
      const mark = chat.request === 'in' ? ' (request)' : chat.typing.length > 0 ? ' …' : '';
      const style = { inverse: chat.id === props.openId, bold: chat.unread > 0 };
      return h(Text, { key: chat.id, wrap: 'truncate', ...style }, `${unread}${titleOf(chat)}${mark}`);
    }),
  );
}

/** Whose chat it is, whether they are there, and how the connection stands. */
export function Heading(props: {
  readonly client: Client;
  readonly open: Conversation;
  readonly now: () => number;
}): ReactNode {
  const { client, now } = props;
  const view = useLive(props.open);
  const state = useLive(client.state);
  const presence = useSyncExternalStore(
    (listener) => client.presence.subscribe(listener),
    () => (view.peer === null ? null : client.presence.get(view.peer)),
  );
  const there = view.kind === 'direct' ? presenceText(presence, now()) : `${view.memberCount} members`;
  const standing = state.phase === 'online' ? '' : state.phase === 'ended' ? state.code : state.phase.replace('_', ' ');
  return h(
    Box,
    { justifyContent: 'space-between', flexShrink: 0 },
    h(
      Text,
      { wrap: 'truncate' },
      h(Text, { bold: true }, titleOf(view)),
      h(Text, { dimColor: true }, `${there === '' ? '' : `  ${there}`}  · ${readableText(view)}`),
    ),
    h(Text, { color: 'yellow' }, standing),
  );
}

/** The newest messages, or what is `back` messages above them. Read is what was drawn at the bottom. */
export function Messages(props: {
  readonly client: Client;
  readonly timeline: Timeline;
  readonly open: Conversation;
  readonly rows: number;
  readonly back: number;
  readonly now: () => number;
}): ReactNode {
  const { client, open, back } = props;
  const view = useLive(props.timeline);
  const chat = useLive(open);
  const { typing, head, request } = chat;
  useSyncExternalStore(
    (listener) => client.people.subscribe(listener),
    () => view.items.map((item) => client.people.get(item.sender)?.name ?? '').join('\n'),
  );
  useEffect(() => {
    // An older mark stays right when this one cannot be kept.
    if (head > 0 && back === 0 && request !== 'in') open.markRead(head).catch(() => {});
  }, [open, head, back, request]);
  const until = Math.max(1, view.items.length - back);
  const lines = view.items.slice(Math.max(0, until - props.rows), until).map((message) => {
    const style = message.state === 'read' ? { color: 'blue' } : {};
    const seq = String(message.seq ?? '').padStart(4);
    const text = messageText(client, message, props.now());
    return h(
      Text,
      { key: message.id, wrap: 'wrap', dimColor: message.type === 'change', ...style },
      h(Text, { dimColor: true }, `${seq} `),
      text,
    );
  });
  return h(
    Box,
    { flexDirection: 'column', flexGrow: 1, flexBasis: 0, justifyContent: 'flex-end', overflow: 'hidden' },
    ...lines.map((line) => h(Box, { key: line.key, flexShrink: 0 }, line)),
    request === 'in'
      ? h(
          Text,
          { key: 'request', color: 'yellow' },
          'A request of somebody you do not know: /accept, /decline or /block',
        )
      : null,
    ...differencesIn(client, chat).map((text) => h(Text, { key: text, color: 'yellow' }, text)),
    h(Text, { key: 'typing', dimColor: true, italic: true }, typingText(client, typing)),
  );
}

/** What was said to the person, the line that is written, and the keys. */
export function WritingLine({
  line,
  notices,
}: {
  readonly line: Line;
  readonly notices: readonly string[];
}): ReactNode {
  const cursor = Array.from(new Intl.Segmenter().segment(line.after), ({ segment }) => segment)[0] ?? ' ';
  return h(
    Box,
    { flexDirection: 'column', flexShrink: 0 },
    ...notices.map((text, at) => h(Text, { key: at, color: 'yellow' }, text)),
    h(
      Box,
      { borderStyle: 'round', paddingX: 1 },
      h(Text, null, line.before, h(Text, { inverse: true }, cursor), line.after.slice(cursor.length)),
    ),
    h(
      Text,
      { dimColor: true, wrap: 'truncate' },
      'Enter send · Tab next chat · PgUp PgDn scroll · /help · Ctrl-C leave',
    ),
  );
}

function typingText(client: Client, typing: ConversationView['typing']): string {
  if (typing.length === 0) return ' ';
  const names = typing.map((account) => printable(client.people.get(account)?.name ?? 'somebody'));
  return `${names.slice(0, 3).join(', ')} ${names.length === 1 ? 'is' : 'are'} typing…`;
}

function presenceText(presence: PresenceView | null, now: number): string {
  switch (presence?.state) {
    case 'online':
      return 'online';
    case 'offline':
      return presence.lastSeenAt === null ? '' : `last seen ${timeText(presence.lastSeenAt, now)}`;
    case 'recently':
      return 'last seen recently';
    case 'this_week':
      return 'last seen this week';
    case 'this_month':
      return 'last seen this month';
    case 'long_ago':
      return 'last seen long ago';
    default:
      return '';
  }
}
