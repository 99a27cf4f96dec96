import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSteps, type Past } from './steps.ts';

/** A browser's history: what is pushed is there at once, going takes until `arrive`. */
class HandPast implements Past {
  readonly entries: { state: unknown; path: string }[] = [{ state: null, path: '/' }];
  readonly closed: string[] = [];
  at = 0;
  #listener: () => void = () => {};
  #going: number[] = [];

  get state(): unknown {
    return this.entries[this.at]?.state;
  }

  get path(): string {
    return this.entries[this.at]?.path ?? '';
  }

  pushState(state: unknown, _: string, path = this.path): void {
    this.entries.splice(++this.at, this.entries.length, { state, path });
  }

  replaceState(state: unknown, _: string, path = this.path): void {
    this.entries[this.at] = { state, path };
  }

  go(delta = 0): void {
    this.#going.push(delta);
  }

  onPop = (listener: () => void): void => {
    this.#listener = listener;
  };

  /** What is on its way comes. */
  arrive(): void {
    for (let delta = this.#going.shift(); delta !== undefined; delta = this.#going.shift()) {
      this.at += delta;
      assert.ok(this.at >= 0, 'the page was left');
      this.#listener();
    }
  }

  /** Somebody presses Back, or Forward. */
  press(delta = -1): void {
    this.go(delta);
    this.arrive();
  }
}

/** A page, and a way to lay something over it that closes by itself when it is told to. */
function page(past = new HandPast()) {
  const steps = createSteps(past, past.onPop);
  const lay = (name: string) => {
    const end = steps.layer(() => {
      past.closed.push(name);
      end();
    });
    return end;
  };
  return { past, steps, lay };
}

test('[WEB166] Back takes away one layer at a time, the top one first, and only then leads to another place', () => {
  const { past, steps, lay } = page();
  steps.go('/c/x', false);
  lay('sheet');
  lay('menu');
  assert.equal(past.at, 3);
  past.press();
  assert.deepEqual([past.closed, past.path], [['menu'], '/c/x']);
  past.press();
  assert.deepEqual([past.closed, past.path], [['menu', 'sheet'], '/c/x']);
  lay('info');
  lay('picture');
  past.press(-3);
  assert.deepEqual([past.closed, past.path], [['menu', 'sheet', 'picture', 'info'], '/']);
});

test('[WEB166] a layer that was closed otherwise leaves no step behind, also one below another', () => {
  const { past, steps, lay } = page();
  steps.go('/c/x', false);
  const menu = lay('menu');
  const sheet = lay('sheet');
  menu();
  menu();
  past.arrive();
  assert.equal(past.at, 2);
  sheet();
  past.arrive();
  assert.deepEqual([past.at, past.path, past.closed], [1, '/c/x', []]);
});

test('[WEB166] what comes while a step back is on its way waits for it, in its order', () => {
  const { past, steps, lay } = page();
  const places: string[] = [];
  steps.onPlace(() => places.push(past.path));
  const sheet = lay('sheet');
  sheet();
  steps.go('/c/x', false);
  steps.go('/c/x/info', false);
  const menu = lay('menu');
  past.arrive();
  assert.deepEqual(
    past.entries.map(({ path }) => path),
    ['/', '/c/x', '/c/x/info', '/c/x/info'],
  );
  assert.deepEqual(places, ['/c/x/info']);
  menu();
  steps.up('/c/x');
  past.arrive();
  assert.equal(past.path, '/c/x');
});

test('[WEB166] going elsewhere with a layer open leads from the place below it; what stays open has a step there', () => {
  const { past, steps, lay } = page();
  const sheet = lay('sheet');
  steps.go('/c/x', false);
  sheet();
  past.arrive();
  assert.deepEqual([past.at, past.path], [1, '/c/x']);
  const panel = lay('panel');
  steps.go('/c/y', true);
  past.arrive();
  assert.deepEqual([past.at, past.path], [2, '/c/y']);
  panel();
  past.arrive();
  steps.up('/');
  past.arrive();
  assert.deepEqual([past.at, past.path], [0, '/']);
  lay('settings');
  steps.up('/c/z');
  past.arrive();
  assert.deepEqual([past.entries[0]?.path, past.at], ['/c/z', 1]);
});

test('[WEB166] one that stays after Back lies there anew; neither Forward nor a page that is loaded anew opens one', () => {
  const { past, steps } = page();
  let isAtStart = false;
  const lay = (): (() => void) =>
    steps.layer(() => {
      if (isAtStart) return;
      isAtStart = true;
      end = lay();
    });
  let end = lay();
  past.press();
  assert.deepEqual([isAtStart, past.at], [true, 1]);
  past.press();
  assert.equal(past.at, 0);
  end();
  past.press(1);
  assert.equal(past.at, 0);
  lay();
  page(past);
  past.arrive();
  assert.equal(past.at, 0);
});
