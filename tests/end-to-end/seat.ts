// Somebody at a terminal, over a real server: commands run in this process, what they print is read, what they ask is typed.
import { PassThrough, Writable } from 'node:stream';
import { main } from '../../packages/cli/src/main.ts';

/** Longer than any step of it takes. Seconds. */
const patience = '60';

/** A terminal with somebody at it, who may have several profiles. */
export class Seat {
  readonly #home: string;
  readonly #profile: string;
  text = '';
  #waiting: (() => void)[] = [];
  #input = new PassThrough();

  constructor(home: string, profile: string) {
    this.#home = home;
    this.#profile = profile;
  }

  /** Runs a command; resolves to its exit code. What is given stands on standard input. */
  run(args: readonly string[], given?: string): Promise<number> {
    this.text = '';
    this.#input = new PassThrough();
    if (given === undefined) Object.assign(this.#input, { isTTY: true, setRawMode: () => {} });
    else this.#input.end(given);
    const screen = new Writable({
      write: (piece: Buffer, _encoding, done) => {
        this.text += piece.toString();
        for (const wake of this.#waiting.splice(0)) wake();
        done();
      },
    });
    const terminal = {
      input: this.#input,
      output: screen,
      chatter: screen,
      interactive: true,
      environment: { PARLEY_HOME: this.#home },
      interrupted: new AbortController().signal,
    };
    return main(['--profile', this.#profile, '--timeout', patience, ...args], terminal);
  }

  /** What stands there, once it does. */
  async reads(wanted: RegExp): Promise<string> {
    for (;;) {
      const found = wanted.exec(this.text);
      if (found !== null) return found[1] ?? found[0];
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async types(question: RegExp, text: string): Promise<void> {
    await this.reads(question);
    this.#input.write(`${text}\r`);
  }
}
