// The echo bot: an ordinary SDK client, in a process and folder of its own, so that ticks, typing and receipts can
// be seen without a second person. The server starts it with its address and folder; the first time the token comes
// on standard input, later the folder has it. It ends with its input.
import { argv, exit, stderr, stdin } from 'node:process';
import { ChatError, type Client, type Conversation, type MessageView } from '@parley/sdk';
import { connect } from '@parley/sdk/node';

const welcome =
  'Hello! I am a small bot on this server. Write something and I send it back, so that you can see ticks and typing at work. The operator can read this one chat.';
/** How long it seems to think, in milliseconds. */
const thinkingMs = 900;
/** Ends with this code when it has no token, or none that is good: the server then gives it a new one. */
const signedOut = 4;
const signedOutCodes: ReadonlySet<string> = new Set(['auth.required', 'device.revoked', 'account.disabled']);

/** Answers until the signal aborts. `wait` is the host's timer. */
export async function runEchoBot(
  client: Client,
  wait: (ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const greet = () => {
    for (const view of client.conversations.snapshot) {
      const conversation = client.conversation(view.id);
      if (conversation !== null && isNew(conversation)) {
        greeted.add(view.id);
        void conversation.send(welcome);
      }
    }
  };
  const greeted = new Set<string>();
  const isNew = (conversation: Conversation) => {
    const view = conversation.snapshot;
    return view.kind === 'direct' && !view.notes && view.last?.type !== 'text' && !greeted.has(view.id);
  };
  const stops = [
    client.onMessage((message, conversation) => void answer(message, conversation, wait)),
    client.conversations.subscribe(greet),
  ];
  await client.caughtUp(signal);
  greet();
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  for (const stop of stops) stop();
}

async function answer(
  message: MessageView,
  conversation: Conversation,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  if (message.own || message.type !== 'text' || conversation.snapshot.kind !== 'direct' || message.seq === null) return;
  await conversation.markRead(message.seq);
  conversation.typing();
  await wait(thinkingMs);
  await conversation.send(message.text);
}

if (import.meta.main) {
  const [server, folder] = argv.slice(2);
  if (server === undefined || folder === undefined) throw new Error('usage: echo-bot SERVER FOLDER');
  const ended = new AbortController();
  let token = '';
  stdin.setEncoding('utf8');
  const ready = new Promise<void>((resolve) => {
    stdin.on('data', (piece: string) => {
      token += piece;
      if (token.includes('\n')) resolve();
    });
    stdin.on('end', () => {
      ended.abort();
      resolve();
    });
  });
  await ready;
  const given = token.trim();
  const client = await connect({
    server,
    folder,
    client: 'parley-echo',
    ...(given === '' ? {} : { session: { token: given } }),
  }).catch((error: unknown) => {
    if (error instanceof ChatError && signedOutCodes.has(error.code)) exit(signedOut);
    throw error;
  });
  try {
    await runEchoBot(client, (ms) => new Promise((resolve) => setTimeout(resolve, ms)), ended.signal);
  } catch (error) {
    if (!ended.signal.aborted) stderr.write(`echo bot: ${error instanceof Error ? error.message : 'failed'}\n`);
  } finally {
    await client.close();
  }
}
