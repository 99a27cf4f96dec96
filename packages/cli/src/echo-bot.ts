// The echo bot: an ordinary SDK client, in a process and folder of its own, so that ticks, typing and receipts can
// be seen without a second person. The server starts it with its address and folder; the first time the token comes
// on standard input, later the folder has it. It ends with its input.
import { argv, stderr, stdin } from 'node:process';
import { ChatError, type Client, type Conversation, type MessageView } from '@parley/sdk';
import { connect } from '@parley/sdk/node';

const welcome =
  'Hello! I am a small bot on this server. Write something and I send it back, so that you can see ticks and typing at work. The operator can read this one chat.';
/** How long it seems to think, in milliseconds. */
const thinkingMs = 900;
/** How far back it looks for a word of anybody. */
const newestRows = 10;
/** Exit code that says: there is no token, or it is not good any more. The server need not start it again. */
const signedOut = 4;

/** What the bot is given beside the client: the host's timer, and who hears of what went wrong. */
export interface EchoParts {
  readonly wait: (ms: number) => Promise<void>;
  readonly fault: (error: unknown) => void;
}

/** Answers until the signal aborts. One message after the other: the answers keep their order. */
export async function runEchoBot(client: Client, parts: EchoParts, signal: AbortSignal): Promise<void> {
  const greeted = new Set<string>();
  const greet = () => {
    for (const { id, kind, notes } of client.conversations.snapshot) {
      const conversation = client.conversation(id);
      if (kind !== 'direct' || notes || greeted.has(id) || conversation === null) continue;
      greeted.add(id);
      welcomeOnce(conversation).catch(parts.fault);
    }
  };
  let answered = Promise.resolve();
  const stops = [
    client.onMessage((message, conversation) => {
      answered = answered.then(() => answer(message, conversation, parts)).catch(parts.fault);
    }),
    client.conversations.subscribe(greet),
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

/** Greets where nothing was written yet. The server is asked: after a restore this device may know nothing of it. */
async function welcomeOnce(conversation: Conversation): Promise<void> {
  for await (const { type } of conversation.history({ limit: newestRows })) if (type !== 'change') return;
  await conversation.send(welcome);
}

async function answer(message: MessageView, conversation: Conversation, { wait }: EchoParts): Promise<void> {
  const { own, type, seq, text } = message;
  if (own || type !== 'text' || seq === null || conversation.snapshot.kind !== 'direct') return;
  await conversation.markRead(seq);
  conversation.typing();
  await wait(thinkingMs);
  await conversation.send(text);
}

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
