// The echo bot: an ordinary SDK client, in a process and folder of its own, so that ticks, typing and receipts can
// be seen without a second person. The server starts it with its address and folder; the first time the token comes
// on standard input, later the folder has it, with the keys of its device. It ends with its input.
import { argv, stderr, stdin } from 'node:process';
import type { AccountId } from '@parley/protocol';
import { ChatError, type Client, type Conversation, type MessageView } from '@parley/sdk';
import { connect } from '@parley/sdk/node';
import { settles } from './keys.ts';

const greeting =
  'The operator of this server can read this one chat, because I live on the server. Hello! I am a small bot: write something and I send it back, so that you can see ticks and typing at work.';
/** When a file could not be sent back: its account holds as much as the operator gives, or the file has gone. */
const notSentBack = 'I read it, but I could not send it back.';
/** How long it seems to think, in milliseconds. */
const thinkingMs = 900;
/** How far back it looks for a word of its own. */
const newestRows = 10;
/** How often it looks whether a newcomer has keys, in milliseconds, and how many times. */
const lookMs = 1_000;
const maxLooks = 120;
/** Exit code that says: there is no token, or it is not good any more. The server need not start it again. */
const signedOut = 4;

const neverLate = new AbortController().signal;

/** What the bot is given beside the client: the host's timer, and who hears of what went wrong. */
export interface EchoParts {
  readonly wait: (ms: number) => Promise<void>;
  readonly fault: (error: unknown) => void;
}

/** Answers until the signal aborts. One message after the other: the answers keep their order. */
export async function runEchoBot(client: Client, parts: EchoParts, signal: AbortSignal): Promise<void> {
  /** Resolves when it has said in that chat what has to be said first. */
  const greeted = new Map<string, Promise<void>>();
  let looked: Promise<unknown> = Promise.resolve();
  const greet = () => {
    for (const { id, kind, notes } of client.conversations.snapshot) {
      const conversation = client.conversation(id);
      if (kind !== 'direct' || notes || greeted.has(id) || conversation === null) continue;
      // One after the other: a bot that lost its folder looks into every chat that it ever had.
      const looking = looked.then(() => hasSpoken(conversation));
      looked = looking.catch(() => {});
      const welcomed = looking.then((isKnown) => (isKnown ? undefined : welcome(client, conversation, parts)));
      greeted.set(id, welcomed.catch(parts.fault));
    }
  };
  let answered = Promise.resolve();
  const stops = [
    client.onMessage((message, conversation) => {
      greet();
      answered = answered
        .then(() => greeted.get(conversation.id))
        .then(() => answer(message, conversation, parts))
        .catch(parts.fault);
    }),
    client.conversations.subscribe(greet),
    startOverWhenLocked(client, parts),
  ];
  await client.caughtUp(signal);
  greet();
  try {
    await untilOver(client, signal);
  } finally {
    for (const stop of stops) stop();
  }
}

/** Resolves when the signal aborts; rejects when the server has ended the session for good. */
function untilOver({ state }: Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = state.subscribe(() => {
      if (state.snapshot.phase === 'ended') reject(new ChatError(state.snapshot.code));
    });
    const end = () => {
      stop();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** Greets, once somebody can read it. */
async function welcome(client: Client, conversation: Conversation, { wait }: EchoParts): Promise<void> {
  if (await hasKeys(client, conversation.snapshot.peer, wait)) await conversation.send(greeting);
}

/** It answers everything, so its words are among the newest. The server is asked: this device may have lost what it knew. */
async function hasSpoken(conversation: Conversation): Promise<boolean> {
  for await (const { type, own } of conversation.history({ limit: newestRows }))
    if (own && type !== 'change') return true;
  return false;
}

/** Nobody can read what was sealed before they had keys, and a newcomer makes them a moment after the account. */
async function hasKeys(client: Client, peer: AccountId | null, wait: EchoParts['wait']): Promise<boolean> {
  const { encryption } = client;
  await settles(encryption, () => ['ready', 'off'].includes(encryption.snapshot.phase), neverLate);
  if (encryption.snapshot.phase === 'off' || peer === null) return true;
  for (let looks = 0; looks < maxLooks; looks++) {
    const { state } = await encryption.identity(peer);
    // The device is vouched for a little after the identity is there.
    await wait(lookMs);
    if (state !== 'none') return true;
  }
  return false;
}

/**
 * When its folder was lost, or the server was restored, its account has an identity whose keys nobody has any more. It
 * has no password and no recovery key, so it makes another one; people are told, as they are of anybody.
 */
function startOverWhenLocked({ encryption }: Client, { fault }: EchoParts): () => void {
  let isStarting = false;
  const look = () => {
    if (encryption.snapshot.phase !== 'needs_linking' || isStarting) return;
    isStarting = true;
    encryption
      .startOver('', 'safe')
      .catch(fault)
      .finally(() => {
        isStarting = false;
      });
  };
  look();
  return encryption.subscribe(look);
}

async function answer(message: MessageView, conversation: Conversation, { wait, fault }: EchoParts): Promise<void> {
  const { own, type, seq, text } = message;
  const isSaid = type === 'text' || isForwarded(type);
  if (own || !isSaid || seq === null || conversation.snapshot.kind !== 'direct') return;
  await conversation.markRead(seq);
  conversation.typing();
  await wait(thinkingMs);
  if (type === 'text') await conversation.send(text);
  else
    await conversation.forward(seq, [conversation.id]).catch((error: unknown) => {
      fault(error);
      return conversation.send(notSentBack);
    });
}

/** Is it sent back as a copy, because it is more than text? */
const isForwarded = (type: MessageView['type']): boolean => type === 'file' || type === 'poll' || type === 'contact';

/** The token, when one is given: everything up to the first line end. Aborts `ended` when the input ends. */
function readToken(ended: AbortController): Promise<string> {
  let text = '';
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    stdin.on('data', (piece: string) => {
      text += piece;
      if (text.includes('\n')) resolve(text.trim());
    });
    stdin.on('end', () => {
      ended.abort();
      resolve(text.trim());
    });
  });
}

async function main(server: string, folder: string): Promise<void> {
  const ended = new AbortController();
  const fault = (error: unknown) => {
    if (!ended.signal.aborted) stderr.write(`echo bot: ${error instanceof Error ? error.message : 'failed'}\n`);
  };
  const token = await readToken(ended);
  try {
    await using client = await connect({
      server,
      folder,
      client: 'parley-echo',
      ...(token !== '' && { session: { token } }),
    });
    const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    await runEchoBot(client, { wait, fault }, ended.signal);
  } catch (error) {
    fault(error);
    if (error instanceof ChatError && error.advice === 'sign_in') process.exitCode = signedOut;
  }
  // Its input would keep the process.
  stdin.destroy();
}

if (import.meta.main) {
  const [server, folder] = argv.slice(2);
  if (server === undefined || folder === undefined) throw new Error('usage: echo-bot SERVER FOLDER');
  await main(server, folder);
}
