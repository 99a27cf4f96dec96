// People with pages whose server lies to them, and what they do together before it begins to.
import type { AccountId, ConversationId } from '@parley/protocol';
import { type Ask, Man } from '../encryption/man.ts';
import type { Device } from './acceptance-device.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { standBefore } from './page-man.ts';

/** Somebody behind a man; `ask` reaches the server without him. */
export interface Victim {
  readonly device: Device;
  readonly account: AccountId;
  readonly man: Man;
  readonly ask: Ask;
  /** Opens the page again. */
  readonly again: () => Promise<Device>;
}

/** A new account with a page, or another device of one. */
export async function victim(
  place: ChromiumPlace,
  handle: string,
  way: 'signUp' | 'signIn' = 'signUp',
): Promise<Victim> {
  const man = new Man();
  const asks: Ask[] = [];
  const home = await place.enter(way, handle, undefined, async (page) => {
    asks.push(await standBefore(page, place.url, man));
  });
  const { device } = home;
  await device.stands(way === 'signUp' ? 'ready' : 'needs_linking');
  if (way === 'signUp') await device.isOpen();
  return {
    device,
    account: await device.account(),
    man,
    again: () => home.again(),
    ask: (request) => (asks[0] as Ask)(request),
  };
}

/** They talk, and are contacts. */
export async function meet(one: Device, other: Device, handle: string): Promise<ConversationId> {
  const chat = await one.direct(handle);
  await one.say(chat, ['hello']);
  await other.hears(chat, 'hello');
  await other.accept(chat);
  await other.say(chat, ['hi']);
  await one.hears(chat, 'hi');
  return chat;
}

/** One says something, and it reaches the other as it was said. */
export async function talks(chat: ConversationId, from: Device, to: Device, text: string): Promise<void> {
  await from.say(chat, [text]);
  await to.ends(chat, [text]);
}

/** The server is honest: what waited arrives, also what it kept back. */
export function heals({ man }: Victim): void {
  man.honest();
  man.events?.onClose(1006, '');
}

/** What this one has written into the conversation so far. */
export function written({ man }: Victim, chat: ConversationId): number {
  return man.heard.filter((frame) => frame.type === 'message' && frame.conversation_id === chat).length;
}
