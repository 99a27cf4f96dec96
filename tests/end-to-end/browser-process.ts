// Chromium on a profile that stays: the browser can be killed with all of its processes, and started again.
import { type BrowserContext, chromium } from 'playwright-core';
import { browserFlags, browserPath } from './browser.ts';

/** A browser with one profile. */
export class BrowserProcess implements AsyncDisposable {
  readonly context: BrowserContext;
  readonly #pid: number;
  readonly #gone: Promise<void>;
  #isGone = false;

  private constructor(context: BrowserContext, pid: number) {
    this.context = context;
    this.#pid = pid;
    this.#gone = new Promise<void>((resolve) => context.once('close', () => resolve())).then(() => {
      this.#isGone = true;
    });
  }

  static async start(profile: string): Promise<BrowserProcess> {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: browserPath(),
      args: [...browserFlags],
    });
    const session = await context.browser()?.newBrowserCDPSession();
    const found = await session?.send('SystemInfo.getProcessInfo');
    const pid = found?.processInfo.find(({ type }) => type === 'browser')?.id;
    if (pid === undefined) throw new Error('the browser does not say which process it is');
    return new BrowserProcess(context, pid);
  }

  /** `kill -9` of all of it; resolves when it is gone. */
  async kill(): Promise<void> {
    // It is at the head of a group of its own.
    if (!this.#isGone) process.kill(-this.#pid, 'SIGKILL');
    await this.#gone;
  }

  /** As people close it: what it kept is on the disk. */
  async quit(): Promise<void> {
    await this.context.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
