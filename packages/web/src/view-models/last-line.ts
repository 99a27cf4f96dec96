// What the row of a chat says of what was said last: who, in which state, in one line. While the key of the newest is
// only late, the row goes on saying what was said before.
import type { MessageId } from '@parley/protocol';
import type { Client, ConversationView, MessageState, PreviewView } from '@parley/sdk';
import { words } from '../words/words.ts';
import type { Host } from './host.ts';
import { Model, Stops } from './model.ts';
import { firstNameOf, systemText } from './names.ts';
import { saidIn } from './said.ts';

/** A line of the list. */
export interface LastLine {
  /** Of an own message that still is one. */
  readonly ticks: MessageState | null;
  /** In groups and rooms. */
  readonly author: string | null;
  readonly text: string;
}

/** A key that comes within this time is not spoken of, here and between the messages. */
export const quietMs = 2_000;
const maxLate = 500;

/** Messages whose key has not come for long enough that one may say so. */
export interface LateKeys extends Pick<Model<ReadonlySet<MessageId>>, 'snapshot' | 'subscribe'> {
  /** A row shows it now. */
  expect(id: MessageId): void;
  close(): void;
}

/** Of one page. */
export function createLateKeys(host: Host): LateKeys {
  const model = new Model<ReadonlySet<MessageId>>(new Set());
  const stops = new Stops();
  const expected = new Set<MessageId>();
  const isLate = (id: MessageId) => {
    expected.delete(id);
    model.set(new Set([...model.snapshot, id].slice(-maxLate)));
  };
  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    expect: (id) => {
      if (stops.ended || expected.has(id) || model.snapshot.has(id)) return;
      expected.add(id);
      stops.add(host.after(quietMs, () => isLate(id)));
    },
    close: () => stops.end(),
  };
}

/** The message whose key this chat's row waits for; null when it waits for none. */
export function awaited({ last }: Pick<ConversationView, 'last'>): MessageId | null {
  return last?.unreadable === 'no_key' ? last.id : null;
}

/** The line of this chat; `late` says of which messages one may say that they wait. */
export function lastLineOf(client: Client, chat: ConversationView, late: ReadonlySet<MessageId>): LastLine {
  const { last } = chat;
  if (last === null) return plain(chat.empty ? words.list.noMessages : '');
  if (last.unreadable !== 'no_key' || late.has(last.id)) return lineOf(client, chat, last);
  return chat.before === null ? plain('') : lineOf(client, chat, chat.before);
}

function lineOf(client: Client, chat: ConversationView, line: PreviewView): LastLine {
  switch (line.type) {
    case 'deleted':
      return plain(line.own ? words.chat.deletedOwn : words.chat.deleted);
    case 'undecryptable': {
      const { waiting, broken } = words.encryption.unreadable;
      return plain(line.unreadable === 'no_key' ? waiting : broken);
    }
    case 'change':
    case 'timer':
      return plain(systemText(client, { ...line, timerSeconds: chat.timerSeconds }));
    default:
      return {
        ticks: line.own ? line.state : null,
        author: chat.kind === 'direct' ? null : firstNameOf(client, line.sender),
        text: textOf(line),
      };
  }
}

function textOf(line: PreviewView): string {
  if (line.type === 'contact') return words.chat.contact;
  return line.type === 'poll' ? words.chat.poll(line.text) : saidIn(line);
}

function plain(text: string): LastLine {
  return { ticks: null, author: null, text };
}
