// Line mode of the terminal client: what comes is printed, what is typed is sent. Lines that begin with a slash
// are commands, so that everything can be done without a screen.
import { createInterface } from 'node:readline';
import type { Client, Conversation, MessageView } from '@parley/sdk';
import { chatCommands } from './chat-commands.ts';
import { titleOf } from './chat-title.ts';
import { differencesIn } from './differences.ts';
import { describe } from './exit-codes.ts';
import { readable } from './keys.ts';
import { onAsked } from './linking-line.ts';
import { messageText, peopleIn, readableText } from './message-line.ts';
import type { Terminal } from './terminal.ts';

const shownAtOpening = 15;
/** How long leaving waits for what was just typed, in milliseconds. */
const flushMs = 2_000;

/** What line mode is given. */
export interface ChatParts {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly now: () => number;
  readonly timeout: (ms: number) => AbortSignal;
  /** Lets a new device in that asks, by questions at the terminal. */
  readonly link: () => Promise<void>;
}

/** Chats until the input ends, /quit, or Ctrl-C. */
export async function chatInLines(parts: ChatParts, first: Conversation | null): Promise<void> {
  const { client, terminal, link } = parts;
  const screen = new LineScreen(parts);
  const stops = [
    client.onMessage((message, conversation) => screen.arrived(message, conversation)),
    onAsked(client, (text) => screen.say(text)),
  ];
  if (first !== null) await screen.open(first);
  else screen.say('Type /open @handle to begin, /help for help.');

  while ((await readLines(parts, screen)) === 'link')
    await link().catch((error: unknown) => terminal.chatter.write(`${describe(error)}\n`));
  for (const stop of [...stops, () => screen.close()]) stop();
  await client
    .flushed(parts.timeout(flushMs))
    .catch(() => terminal.chatter.write('Some messages wait and go out next time.\n'));
  await screen.settled();
}

/** What ended the reading of lines: whoever links is asked for other ones. */
type Ending = 'quit' | 'link';

async function readLines({ client, terminal }: ChatParts, screen: LineScreen): Promise<Ending> {
  const lines = createInterface({ input: terminal.input, signal: terminal.interrupted });
  try {
    for await (const line of lines) {
      try {
        const ending = await obey(screen, client, line);
        if (ending !== null) return ending;
      } catch (error) {
        terminal.chatter.write(`${describe(error)}\n`);
      }
    }
    return 'quit';
  } finally {
    lines.close();
  }
}

/** Does what a line says; null when more lines are read. */
async function obey(screen: LineScreen, client: Client, line: string): Promise<Ending | null> {
  const [, verb, rest = ''] = /^\/(\w+)\s*(.*)$/.exec(line) ?? [];
  if (verb === undefined) {
    if (line.trim() !== '') await screen.chat().send(line);
  } else if (verb === 'quit' || verb === 'q') return 'quit';
  else if (verb === 'link') return 'link';
  else {
    const command = Object.hasOwn(chatCommands, verb) ? chatCommands[verb] : chatCommands.help;
    await command?.act({ client, screen, rest });
  }
  return null;
}

/** What is printed, one after the other, and which chat is open. */
export class LineScreen {
  readonly #parts: ChatParts;
  #open: Conversation | null = null;
  #oldest: number | undefined;
  #printed: Promise<void> = Promise.resolve();
  /** What is wrong with the open chat, as it was said. */
  #wrong: readonly string[] = [];
  #stop = () => {};

  constructor(parts: ChatParts) {
    this.#parts = parts;
  }

  say(text: string): void {
    this.#parts.terminal.output.write(`${text}\n`);
  }

  /** The open chat. */
  chat(): Conversation {
    if (this.#open === null) throw new Error('No chat is open. /open TO');
    return this.#open;
  }

  async open(conversation: Conversation): Promise<void> {
    this.close();
    this.#open = conversation;
    this.#oldest = undefined;
    this.#wrong = [];
    const { peer } = conversation.snapshot;
    if (peer !== null) await this.#parts.client.people.load([peer]);
    const { request, head } = conversation.snapshot;
    this.say(`— ${titleOf(conversation.snapshot)} — ${readableText(conversation.snapshot)} —`);
    await this.older();
    if (request === 'in') this.say('A request of somebody you do not know: /accept, /decline or /block');
    else if (head > 0) await conversation.markRead(head);
    this.#sayWrong();
    this.#stop = conversation.subscribe(() => this.#sayWrong());
  }

  close(): void {
    this.#stop();
  }

  /** Each thing once, when it turns out. */
  #sayWrong(): void {
    const wrong = differencesIn(this.#parts.client, this.chat().snapshot);
    for (const text of wrong) if (!this.#wrong.includes(text)) this.say(text);
    this.#wrong = wrong;
  }

  /** Prints a page of older messages. */
  async older(): Promise<void> {
    const found: MessageView[] = [];
    const before = this.#oldest === undefined ? {} : { before: this.#oldest };
    for await (const message of this.chat().history({ limit: shownAtOpening, ...before })) found.push(message);
    if (found.length === 0 && this.#oldest !== undefined) this.say('This is the beginning.');
    const { client, timeout } = this.#parts;
    const shown = await readable(client, this.chat(), { messages: found, timeout });
    await this.#load(shown);
    this.#oldest = shown.at(-1)?.seq ?? this.#oldest;
    for (const message of shown.toReversed()) this.#print(message, null);
  }

  arrived(message: MessageView, conversation: Conversation): void {
    this.#printed = this.#printed.then(async () => {
      await this.#load([message]);
      const isOpen = conversation.id === this.#open?.id;
      this.#print(message, isOpen ? null : conversation);
      if (isOpen && message.seq !== null && conversation.snapshot.request !== 'in')
        await conversation.markRead(message.seq);
    });
  }

  settled(): Promise<void> {
    return this.#printed;
  }

  /** Names that cannot be looked up now are no reason to withhold messages. */
  async #load(messages: readonly MessageView[]): Promise<void> {
    const { client, terminal } = this.#parts;
    await client.people.load(peopleIn(messages)).catch((error) => terminal.chatter.write(`${describe(error)}\n`));
  }

  #print(message: MessageView, elsewhere: Conversation | null): void {
    const { client, now } = this.#parts;
    const seq = String(message.seq ?? '').padStart(5);
    this.say(`${seq} ${messageText(client, message, now(), elsewhere?.snapshot ?? null)}`);
  }
}
