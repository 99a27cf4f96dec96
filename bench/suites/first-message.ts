// Rows 16 and 11-client: the whole client in Node over a real server, both on this machine. Somebody signs up and says
// something sealed to somebody who is there; the time ends when the server has it durably. Then the other one goes, so that
// what is measured is what one device costs: a client that has sent a while says as many messages at once. The other one
// comes back, and all of them must be there and open, once and in order.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Conversation } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { stands } from '../../tests/end-to-end/live.ts';
import { startServer } from '../../tests/end-to-end/server-process.ts';
import { type Measure, measure, median } from '../measure.ts';

/** How many sign up, and how many messages the last of them says at once, after how many that are not counted. */
export interface FirstMessageSize {
  readonly signUps: number;
  readonly warm: number;
  readonly messages: number;
}

const environment = { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '1000000', PARLEY_LOG_LEVEL: 'error' } as const;
const password = 'correct horse battery';

const first = 'the first message';
const lookAgainMs = 200;

/** Everything is kept below `work`. */
export async function firstMessage(
  work: string,
  { signUps, warm, messages }: FirstMessageSize,
  signal: AbortSignal,
): Promise<readonly Measure[]> {
  await using server = await startServer(await mkdtemp(join(work, 'server-')), environment);
  const { url } = server.summary;
  const newcomer = async (handle: string) => {
    const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Laptop' });
    const folder = await mkdtemp(join(work, `${handle}-`));
    return () => connect({ server: url, session, folder });
  };
  const openReader = await newcomer('reader');
  let reader = await openReader();
  try {
    await stands(reader, { phase: 'ready' });
    const times: number[] = [];
    const rates: number[] = [];
    for (let n = 0; n < signUps; n++) {
      signal.throwIfAborted();
      const start = performance.now();
      const client = await (await newcomer(`writer${'abcdefghij'[n]}`))();
      try {
        const chat = await client.createDirect('reader');
        await (await chat.send(first)).reached('sent', signal);
        times.push(performance.now() - start);
        if (n < signUps - 1) continue;
        await reader.caughtUp(signal);
        await reader.conversation(chat.id)?.accept();
        await reader.close();
        const texts = Array.from({ length: warm + messages }, (_, at) => `${at}`.padEnd(100, ' words'));
        await sendAll(chat, texts.slice(0, warm), signal);
        rates.push(await sendAll(chat, texts.slice(warm), signal));
        reader = await openReader();
        await stands(reader, { phase: 'ready' });
        await assertRead(reader.conversation(chat.id), [first, ...texts], signal);
      } finally {
        await client.close();
      }
    }
    return [measure('16', median(times)), measure('11-client', median(rates))];
  } finally {
    await reader.close();
  }
}

/** Messages a second until the server has all of them. */
async function sendAll(chat: Conversation, texts: readonly string[], signal: AbortSignal): Promise<number> {
  const start = performance.now();
  const sent = await Promise.all(texts.map((text) => chat.send(text)));
  await Promise.all(sent.map((message) => message.reached('sent', signal)));
  return (texts.length / (performance.now() - start)) * 1_000;
}

/** Resolves when these and nothing else are there. @throws when that does not come about */
async function assertRead(chat: Conversation | null, texts: readonly string[], signal: AbortSignal): Promise<void> {
  if (chat === null) throw new Error('the chat is gone');
  for (;;) {
    const read: string[] = [];
    for await (const { type, text } of chat.history()) read.push(type === 'text' ? text : type);
    read.reverse();
    const at = texts.findIndex((text, n) => read[n] !== text);
    if (at < 0 && read.length === texts.length) return;
    const why = `${read.length} of ${texts.length} messages are there, number ${at} as ${read[at]?.slice(0, 20)}`;
    // Keys may be on their way.
    await setTimeout(lookAgainMs, undefined, { signal }).catch(() => {
      throw new Error(why);
    });
  }
}
