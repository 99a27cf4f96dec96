// People with pages whose server lies to them, and what they do together before it begins to.
import assert from 'node:assert/strict';
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Page } from 'playwright-core';
import { keysFor } from '../encryption/list-liar.ts';
import { type Ask, Man } from '../encryption/man.ts';
import type { Device } from './acceptance-device.ts';
import type { ChromiumPlace } from './chromium-place.ts';
import { standBefore } from './page-man.ts';

/** Who of them a deed is about. */
type Some<K extends keyof Victim> = Pick<Victim, K>;

/** Somebody behind a man; `ask` reaches the server without him. */
export interface Victim {
  readonly device: Device;
  readonly account: AccountId;
  readonly man: Man;
  readonly ask: Ask;
  /** Opens the page again. */
  readonly again: () => Promise<Device>;
}

/** A new account with a page, or another device of one. Its page has done with waits that are so long, in milliseconds. */
export async function victim(
  place: ChromiumPlace,
  handle: string,
  way: 'signUp' | 'signIn' = 'signUp',
  skipped: readonly number[] = [],
): Promise<Victim> {
  const man = new Man();
  const asks: Ask[] = [];
  const home = await place.enter(way, handle, undefined, async (page) => {
    asks.push(await standBefore(page, place.url, man));
    if (skipped.length > 0) await hasten(page, skipped);
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

/** What waits so long on this page happens at once. */
async function hasten(page: Page, skipped: readonly number[]): Promise<void> {
  await page.addInitScript((waits) => {
    const wait = globalThis.setTimeout;
    const hasty = (task: () => void, ms?: number) => wait(task, ms !== undefined && waits.includes(ms) ? 0 : ms);
    globalThis.setTimeout = hasty as typeof wait;
  }, skipped);
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

/** What this one says waits: nothing goes out there before what is said later elsewhere has. */
export async function waits(
  by: Some<'device' | 'man'>,
  text: string,
  at: { readonly chat: ConversationId; readonly other: ConversationId },
): Promise<void> {
  const before = written(by, at.chat);
  await by.device.writes(at.chat, text);
  await by.device.say(at.other, [`elsewhere after ${text}`]);
  assert.equal(written(by, at.chat), before, 'nothing was written');
}

/** What this one says in a group whose list is not in order waits, until the server is honest; the ghost gets no key of it. */
export async function waitsAndHeals(
  by: Some<'device' | 'man'>,
  at: {
    readonly group: ConversationId;
    readonly elsewhere: ConversationId;
    readonly reader: Some<'device'>;
    readonly ghost: Some<'account'>;
  },
  text: string,
): Promise<void> {
  const before = keysFor(by);
  await waits(by, text, { chat: at.group, other: at.elsewhere });
  heals(by);
  const later = keysFor(by);
  await at.reader.device.ends(at.group, [text]);
  await by.device.faults(at.group, null);
  assert.ok(!before.has(at.ghost) && !later.has(at.ghost), 'nobody asked for their keys');
  by.man.honest();
}

/** The server is honest: what waited arrives, also what it kept back. */
export function heals({ man }: Some<'man'>): void {
  man.honest();
  // It asks to be called again at once: after a connection that is lost a page waits, the longer the more it has lost.
  man.say({ type: 'goaway', reconnect_in_ms: 10 });
}

/** What this one has written into the conversation so far. */
function written({ man }: Some<'man'>, chat: ConversationId): number {
  return man.heard.filter((frame) => frame.type === 'message' && frame.conversation_id === chat).length;
}
