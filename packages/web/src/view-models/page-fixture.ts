// A page for tests of the view-models: a real client whose server is the test, and a browser that is driven by hand.
import { chat, Stage, type WireChanges } from '../../../sdk/src/client-fixture.ts';
import { Desk } from '../../../sdk/src/desk-fixture.ts';
import { type HandClock, settle } from '../../../sdk/src/fixture.ts';
import type { Host, Notices, Place } from './host.ts';

/** The browser: its address, its attention, and what was shown outside the page. */
export class HandHost implements Host {
  looking = true;
  wideEnough = false;
  unread = 0;
  copied = '';
  /** Is any page of this server seen? */
  seen = true;
  permission: 'default' | 'granted' | 'denied' | 'impossible' = 'default';
  /** What the browser answers when it is asked. */
  willAnswer: 'granted' | 'denied' = 'granted';
  asked = 0;
  /** Notifications that stand, by tag. */
  readonly noticesShown = new Map<string, { readonly title: string; readonly body: string; press(): void }>();
  readonly #kept = new Map<string, string>();
  readonly #clock: HandClock;
  readonly #attention = new Set<() => void>();
  readonly #places = new Set<() => void>();
  #history: string[];

  constructor(clock: HandClock, path = '/') {
    this.#clock = clock;
    this.#history = [path];
  }

  now = () => this.#clock.now();
  after = (delayMs: number, task: () => void) => this.#clock.after(delayMs, task);
  wide = () => this.wideEnough;
  attentive = () => this.looking;
  deviceName = () => 'Test on Test';

  place(): Place {
    const [path = '/', fragment = ''] = (this.#history.at(-1) ?? '/').split('#');
    return { path, fragment };
  }

  get depth(): number {
    return this.#history.length;
  }

  go(path: string, replace: boolean): void {
    if (replace) this.#history.pop();
    this.#history.push(path);
  }

  up(path: string): void {
    if (this.#history.length > 1) this.#history.pop();
    else this.#history = [path];
  }

  /** Somebody presses the browser's own button. */
  back(): void {
    this.#history.pop();
    for (const listener of [...this.#places]) listener();
  }

  onPlace(listener: () => void): () => void {
    this.#places.add(listener);
    return () => this.#places.delete(listener);
  }

  layer(): () => void {
    return () => {};
  }

  /** The window is looked at again. */
  look(): void {
    this.looking = true;
    for (const listener of [...this.#attention]) listener();
  }

  onAttention(listener: () => void): () => void {
    this.#attention.add(listener);
    return () => this.#attention.delete(listener);
  }

  onNetwork(): () => void {
    return () => {};
  }

  copy(text: string): Promise<void> {
    this.copied = text;
    return Promise.resolve();
  }

  /** What comes out next, each once; then 0. */
  readonly picks: number[] = [];

  pick(below: number): number {
    return (this.picks.shift() ?? 0) % below;
  }

  watched(): Promise<boolean> {
    return Promise.resolve(this.seen);
  }

  readonly notices: Notices = {
    permission: () => this.permission,
    ask: () => {
      this.asked++;
      this.permission = this.willAnswer;
      return Promise.resolve();
    },
    show: (tag, text, press) => {
      this.noticesShown.set(tag, { ...text, press });
    },
    remove: (tag) => {
      this.noticesShown.delete(tag);
    },
  };

  kept(name: string): string | null {
    return this.#kept.get(name) ?? null;
  }

  keep(name: string, value: string): void {
    this.#kept.set(name, value);
  }

  onKept(): () => void {
    return () => {};
  }

  badge(unread: number): void {
    this.unread = unread;
  }
}

/** A signed-in page with one chat of so many messages by the other; `read` of them are read. */
export async function openPage(count: number, more: WireChanges = {}) {
  const desk = new Desk();
  desk.open(chat, more);
  for (let n = 1; n <= count; n++) desk.say(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await desk.serve(stage);
  return { desk, stage, host: new HandHost(stage.clock), chat };
}

/** Lets what is on its way arrive, questions to the server included. */
export async function arrive(desk: Desk, stage: Stage): Promise<void> {
  for (let round = 0; round < 6; round++) {
    await settle();
    await desk.serve(stage);
  }
  await settle();
}
