// The directory of the simulated server: what was done to it stands in a journal, so that it survives every program as
// of its last commit, and a copy of an earlier moment can be made again.
import type { Directory } from '../../../packages/server/src/directory/directory.ts';
import { memoryDirectory } from '../../../packages/server/src/directory/memory-directory.ts';
import { Unavailable } from '../../../packages/server/src/kernel/result.ts';
import type { Chance } from '../chance.ts';
import { type Life, never } from '../life.ts';
import type { WorldTime } from '../timeline-clock.ts';

type Part = Exclude<keyof Directory, 'copyTo' | typeof Symbol.asyncDispose>;
type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Every port of a directory: it does not compile when one is missing. */
const ports: Readonly<Record<Part, true>> = {
  ...({ accounts: true, people: true, devices: true, tokens: true, invites: true, intents: true } as const),
  ...({ answers: true, files: true, reports: true } as const),
  ...({ keys: true, toDevice: true, vault: true, backup: true, dehydrated: true } as const),
};
const parts = Object.keys(ports) as readonly Part[];
const changing = new Set([
  ...['accounts.signUp', 'accounts.change', 'accounts.erase', 'devices.add', 'devices.end', 'devices.touch'],
  ...['tokens.replace', 'tokens.confirm', 'invites.add', 'invites.revoke', 'invites.redeem', 'intents.close'],
  ...['keys.putDevice', 'keys.putIdentity', 'keys.addSignatures', 'keys.addOneTime', 'keys.setFallback', 'keys.claim'],
  ...[
    'keys.restored',
    'toDevice.enqueue',
    'toDevice.acknowledge',
    'vault.put',
    'backup.put',
    'backup.dropBelow',
    'backup.drop',
  ],
  ...['dehydrated.put', 'dehydrated.drop', 'answers.keep', 'files.add', 'files.remove'],
  ...['reports.add', 'reports.close', 'reports.forget'],
]);

/** How the directory behaves. */
export interface DirectoryFaults {
  /** A change takes at most so long before, and again after, it is made. Milliseconds. */
  readonly slowMs: number;
  readonly fails: number;
}

interface Done {
  readonly part: Part;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The directory of the server's machine. */
export class ServerDirectory {
  #directory = memoryDirectory();
  #journal: Done[] = [];
  faults: DirectoryFaults = { slowMs: 0, fails: 0 };

  /** How much was done so far: what a copy of this moment holds. */
  get length(): number {
    return this.#journal.length;
  }

  /** The directory as one program has it. */
  open(life: Life, time: WorldTime, chance: Chance): Directory {
    const wait = () =>
      new Promise<void>((resolve) => {
        time.after(chance.below(this.faults.slowMs + 1), resolve);
      });
    const call = async (done: Done): Promise<unknown> => {
      const changes = changing.has(`${done.part}.${done.method}`);
      const isSlow = changes && this.faults.slowMs > 0;
      if (isSlow) await wait();
      if (life.over) return never;
      if (this.faults.fails > 0 && chance.happens(this.faults.fails)) throw new Unavailable('The directory fails.');
      if (changes) this.#journal.push(done);
      const result = await this.#do(done);
      if (isSlow) await wait();
      return result;
    };
    const method = (part: Part, name: PropertyKey) =>
      typeof name === 'string' && name !== 'then'
        ? (...args: readonly unknown[]) => life.hold(call({ part, method: name, args }))
        : undefined;
    const port = (part: Part) => [part, new Proxy({}, { get: (_, name) => method(part, name) })] as const;
    return { ...Object.fromEntries(parts.map(port)), [Symbol.asyncDispose]: async () => {} } as unknown as Directory;
  }

  /** Brings back what was there after so much had been done. */
  async restore(length: number): Promise<void> {
    this.#directory = memoryDirectory();
    this.#journal.length = length;
    for (const done of this.#journal) await this.#do(done);
  }

  #do({ part, method, args }: Done): Promise<unknown> {
    const port = this.#directory[part] as unknown as Readonly<Record<string, Method>>;
    return (port[method] as Method)(...args);
  }
}
