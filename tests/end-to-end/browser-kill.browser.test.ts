// Acceptance 4 in Chromium: `kill -9` of a whole browser at drawn instants while its page sends and receives; each time
// the same profile is opened again. What had a tick is there once, what was kept is sent once, and all of it can be read.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { after, before, type TestContext, test } from 'node:test';
import type { AccountId, ConversationId, FrameDown, MessageId } from '@parley/protocol';
import { connect, entrance } from '@parley/sdk/node';
import type { Page } from 'playwright-core';
import type { OutboxRow } from '../../packages/sdk/src/rows.ts';
import { Chance } from '../simulation/chance.ts';
import { type Device, deviceOver } from './acceptance-device.ts';
import { problemsOf } from './browser.ts';
import { BrowserProcess } from './browser-process.ts';
import { deviceOn, enterOn, keptRows, load, servePage } from './chromium-place.ts';
import { judge, readAll } from './loss-checker.ts';
import { folderOfTest } from './operated.ts';
import { password } from './people.ts';
import { placesOf } from './sealed-place.ts';
import { SentFrames } from './sent-frames.ts';
import type { RunningServer } from './server-process.ts';
import { cutTornRecords } from './torn-log.ts';

const kills = Number(process.env.PARLEY_TEST_BROWSER_KILLS ?? 10);
/** What is drawn is drawn from it; that of a run that failed is printed. */
const seed = Number(process.env.PARLEY_TEST_SEED ?? randomInt(1_000_000));
/** The instant of a kill: after so many frames to and from its page, drawn up to here. */
const mostFrames = 200;
/** One of the other side comes after so many. */
const framesBetween = 10;
/** Said at once. */
const burst = 4;

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let server: RunningServer;

before(async () => {
  server = await servePage(opened);
});
after(() => opened.disposeAsync());

/** What a page sends and hears. */
class Traffic {
  readonly sent: SentFrames;
  /** What the server has told it that it is durable. */
  readonly ticked: string[] = [];
  readonly #frames = new EventEmitter().setMaxListeners(0);
  #count = 0;

  constructor(page: Page) {
    this.sent = new SentFrames(page);
    page.on('websocket', (socket) => {
      socket.on('framesent', () => this.#next());
      socket.on('framereceived', ({ payload }) => {
        for (const line of String(payload).split('\n')) {
          const frame = JSON.parse(line) as FrameDown;
          if (frame.type === 'sent') this.ticked.push(frame.id);
        }
        this.#next();
      });
    });
  }

  /** Resolves after so many more frames. */
  async goesOn(frames: number): Promise<void> {
    for (const end = this.#count + frames; this.#count < end; ) await once(this.#frames, 'next');
  }

  #next(): void {
    this.#count++;
    this.#frames.emit('next');
  }
}

/** What is known of all that was said, whoever died. */
class Said {
  readonly chats: readonly ConversationId[];
  readonly #placed = new Map<ConversationId, string[]>();
  #n = 0;

  constructor(chats: readonly ConversationId[]) {
    this.chats = chats;
    for (const id of chats) this.#placed.set(id, []);
  }

  /** Says a few without a pause; resolves when each has its place. */
  async by(who: string, device: Device, chat: ConversationId): Promise<void> {
    const texts = Array.from({ length: burst }, () => `${who} ${this.#n++}`);
    await device.say(chat, texts);
    this.placed(chat).push(...texts);
  }

  placed(chat: ConversationId): string[] {
    return this.#placed.get(chat) ?? assert.fail('it is one of them');
  }
}

/** A browser that is opened, talks, and is killed. */
class Life {
  readonly traffic: Traffic;
  readonly device: Device;
  readonly problems: readonly string[];
  /** Messages that an earlier life kept and knows no place of. */
  kept: readonly MessageId[] = [];
  readonly #chromium: BrowserProcess;
  readonly #page: Page;
  #isOver = false;

  private constructor(chromium: BrowserProcess, problems: readonly string[], page: Page) {
    this.#chromium = chromium;
    this.problems = problems;
    this.#page = page;
    this.device = deviceOn(page);
    this.traffic = new Traffic(page);
  }

  static async begin(t: TestContext, profile: string, account: AccountId): Promise<Life> {
    const torn = cutTornRecords(profile);
    if (torn > 0) t.diagnostic(`${torn} of the browser's own logs had a torn record`);
    const chromium = await BrowserProcess.start(profile);
    t.after(() => chromium.kill());
    const problems = problemsOf(chromium.context);
    const life = new Life(chromium, problems, await chromium.context.newPage());
    await load(life.#page, server.summary.url);
    const rows = (await keptRows(life.#page, `parley.${account}`, 'outbox')) as readonly OutboxRow[];
    life.kept = rows.flatMap(({ kind, id }) => (kind === 'content' ? [id] : []));
    return life;
  }

  async open(): Promise<void> {
    await this.#page.evaluate(() => globalThis.acceptance.open());
  }

  /** Opens and says more and more, until it is killed after so many frames; `other` answers. */
  async runs(said: Said, other: Device, chance: Chance): Promise<void> {
    const frames = chance.between(1, mostFrames);
    const dies = this.traffic.goesOn(frames).then(() => {
      this.#isOver = true;
      return this.#chromium.kill();
    });
    const talks = async () => {
      await this.open();
      await Promise.all(
        said.chats.map(async (chat) => {
          for (;;) await said.by('ana', this.device, chat);
        }),
      );
    };
    const answers = async () => {
      while (!this.#isOver) {
        await said.by('ben', other, chance.pick(said.chats));
        await Promise.race([this.traffic.goesOn(framesBetween), dies]);
      }
    };
    const ends = talks().catch((error: unknown) => {
      if (!this.#isOver) throw error;
    });
    await Promise.all([dies, ends, answers()]);
  }
}

/** Two who know each other, one of them in a browser on this profile, with a chat and a group; it is closed as people do. */
async function meeting(profile: string, ben: Device) {
  await using chromium = await BrowserProcess.start(profile);
  const ana = await enterOn(await chromium.context.newPage(), server.summary.url, ['signUp', 'ana', password]);
  await ana.stands('ready');
  await ben.stands('ready');
  await ben.isOpen();
  const chat = await ana.direct('ben');
  await ana.say(chat, ['hello']);
  await ben.hears(chat, 'hello');
  await ben.accept(chat);
  const group = await ana.group('Garden', [await ben.account()]);
  await ben.counts(group, 2);
  const account = await ana.account();
  await chromium.quit();
  return { account, said: new Said([chat, group]) };
}

test(`[ENC378] acceptance 4: ${kills} kills of a browser that sends and receives lose, repeat and close nothing`, {
  timeout: 120_000 + 20_000 * kills,
}, async (t) => {
  t.diagnostic(`seed ${seed}`);
  const chance = new Chance(seed);
  const { url } = server.summary;
  const session = await entrance(url).signUp({ handle: 'ben', name: 'ben', password, deviceName: 'Node' });
  const client = await connect({ server: url, session, folder: await folderOfTest() });
  t.after(() => client.close());
  const ben = deviceOver(client);
  const profile = await folderOfTest();
  const { account, said } = await meeting(profile, ben);

  const lives: Life[] = [];
  for (let n = 0; n < kills; n++) {
    const life = await Life.begin(t, profile, account);
    lives.push(life);
    await life.runs(said, ben, chance);
    // While nobody is there to hear it.
    await said.by('ben', ben, chance.pick(said.chats));
  }
  const last = await Life.begin(t, profile, account);
  lives.push(last);
  await last.open();
  // What is said last has its place last.
  for (const chat of said.chats) await said.by('ana', last.device, chat);

  const ids = new Set<string>();
  const sealed = new Set(lives.flatMap(({ traffic }) => [...traffic.sent.sealed()]));
  const ticked = new Set(lives.flatMap(({ traffic }) => traffic.ticked));
  for (const chat of said.chats) {
    const records = await readAll(url, session.token ?? '', chat);
    for (const { id, format, content } of records) {
      ids.add(id);
      if (format === 'sealed') sealed.add(content);
    }
    const here = new Set(
      lives
        .flatMap(({ traffic }) => traffic.sent.of('message'))
        .flatMap(({ id, conversation_id }) =>
          id !== undefined && conversation_id === chat && ticked.has(id) ? [id] : [],
        ),
    );
    const verdict = judge(chat, here, [records]);
    assert.deepEqual(verdict, { acked: here.size, lost: [], repeated: [], holes: [], disagreements: [] });
    await bothRead(said, chat, [last.device, ben]);
  }
  const kept = lives.flatMap((life) => life.kept);
  assert.ok(kept.length > 0, 'no kill came while something was on its way');
  assert.deepEqual(
    kept.filter((id) => !ids.has(id)),
    [],
    'what was kept is sent',
  );
  const places = placesOf(sealed);
  assert.deepEqual(
    places.filter((place, at) => places.indexOf(place) !== at),
    [],
    'no key was used twice',
  );
  for (const device of [last.device, ben]) assert.equal(await device.unopened(), 0);
  assert.deepEqual(
    lives.flatMap(({ problems }) => problems),
    [],
  );
  t.diagnostic(`0 lost, 0 repeated, 0 unreadable of ${ticked.size} with a tick; ${kept.length} were on their way`);
});

/** Both have all that has its place, the same in one order, each once. */
async function bothRead(said: Said, chat: ConversationId, devices: readonly Device[]): Promise<void> {
  const placed = said.placed(chat);
  const all: (readonly string[])[] = [];
  for (const device of devices) {
    for (const text of placed.slice(-burst)) await device.hears(chat, text);
    const lines = await device.lines(chat, []);
    assert.deepEqual(
      lines.filter(({ unreadable }) => unreadable !== null),
      [],
    );
    all.push(lines.map(({ text }) => text));
  }
  const [here = [], there] = all;
  assert.deepEqual(here, there);
  assert.equal(new Set(here).size, here.length, 'nothing is there twice');
  assert.deepEqual(
    placed.filter((text) => !here.includes(text)),
    [],
    'nothing is lost',
  );
}
