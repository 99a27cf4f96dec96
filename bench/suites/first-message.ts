// Rows 16 and 11-client: the whole client in Node over a real server, both on this machine. Somebody signs up and says
// something sealed to somebody who is there; the time ends when the server has it durably. Then as many messages as
// a client takes are said at once. All of them must arrive and open, once and in order.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, Conversation } from '@parley/sdk';
import { connect, entrance } from '@parley/sdk/node';
import { stands } from '../../tests/end-to-end/live.ts';
import { startServer } from '../../tests/end-to-end/server-process.ts';
import { type Measure, measure, median } from '../measure.ts';

/** How many sign up, and how many messages the last of them says at once. */
export interface FirstMessageSize {
  readonly signUps: number;
  readonly messages: number;
}

const environment = { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '1000000', PARLEY_LOG_LEVEL: 'error' } as const;
const password = 'correct horse battery';

/** Everything is kept below `work`. */
export async function firstMessage(
  work: string,
  { signUps, messages }: FirstMessageSize,
  signal: AbortSignal,
): Promise<readonly Measure[]> {
  await using server = await startServer(await mkdtemp(join(work, 'server-')), environment);
  const { url } = server.summary;
  const newcomer = async (handle: string) => {
    const session = await entrance(url).signUp({ handle, name: handle, password, deviceName: 'Laptop' });
    return connect({ server: url, session, folder: await mkdtemp(join(work, `${handle}-`)) });
  };
  const reader = await newcomer('reader');
  const arrivals = arrivalsAt(reader);
  try {
    await stands(reader, { phase: 'ready' });
    const times: number[] = [];
    const rates: number[] = [];
    for (let n = 0; n < signUps; n++) {
      signal.throwIfAborted();
      const start = performance.now();
      const client = await newcomer(`writer${'abcdefghij'[n]}`);
      try {
        const chat = await client.createDirect('reader');
        await (await chat.send('the first message')).reached('sent', signal);
        times.push(performance.now() - start);
        if (n < signUps - 1) continue;
        await arrivals.came(chat, ['the first message'], signal);
        await reader.conversation(chat.id)?.accept();
        rates.push(await sendAll(chat, messages, arrivals, signal));
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
async function sendAll(chat: Conversation, count: number, arrivals: Arrivals, signal: AbortSignal): Promise<number> {
  const texts = Array.from({ length: count }, (_, n) => `${n}`.padEnd(100, ' words'));
  const start = performance.now();
  const sent = await Promise.all(texts.map((text) => chat.send(text)));
  await Promise.all(sent.map((message) => message.reached('sent', signal)));
  const ms = performance.now() - start;
  await arrivals.came(chat, ['the first message', ...texts], signal);
  return (count / ms) * 1_000;
}

interface Arrivals {
  /** Resolves when these have come in this conversation, and nothing else. @throws when something else came */
  came(chat: Pick<Conversation, 'id'>, texts: readonly string[], signal: AbortSignal): Promise<void>;
}

function arrivalsAt(client: Client): Arrivals {
  const byChat = new Map<string, string[]>();
  let look = () => {};
  client.onMessage(({ type, text }, { id }) => {
    const heard = byChat.get(id) ?? [];
    byChat.set(id, heard);
    heard.push(type === 'text' ? text : type);
    look();
  });
  const came = ({ id }: Pick<Conversation, 'id'>, texts: readonly string[], signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const stop = () => reject(new Error(`${(byChat.get(id) ?? []).length} of ${texts.length} messages arrived`));
      signal.addEventListener('abort', stop, { once: true });
      look = () => {
        const heard = byChat.get(id) ?? [];
        const at = heard.findIndex((text, n) => text !== texts[n]);
        if (at >= 0) reject(new Error(`message ${at} arrived as ${heard[at]?.slice(0, 20)}`));
        else if (heard.length === texts.length) resolve();
      };
      look();
    });
  return { came };
}
