// Sets people to do what they do, one thing after the other, and knows what is still under way. Whom they are and what
// they pick comes from the run's chance alone.
import type { AccountId } from '@parley/protocol';
import { ChatError } from '@parley/sdk';
import type { Act, Deed, WorkWorld } from './act.ts';
import { deeds } from './deeds.ts';
import type { Device, Program } from './device.ts';

const weight = deeds.reduce((sum, [each]) => sum + each, 0);

/** Everything that people do. */
export class Workload {
  readonly #world: WorkWorld;
  readonly #counts = new Map<string, number>();
  #programs = 0;
  #deeds = 0;
  readonly #names = new Map<Program, string>();
  /** Deeds that are under way, as `device deed (number)`. */
  readonly #open = new Set<string>();
  constructor(world: WorkWorld) {
    this.#world = world;
  }

  /** What is not done yet, in words. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  /** Before anything goes wrong: the first one makes a room that the others join, and a group with those it knows. */
  async begin([first, ...others]: readonly Device[], knows: (other: AccountId) => boolean): Promise<void> {
    if (first === undefined) return;
    const { chance, accounts } = this.#world;
    if (chance.happens(0.5))
      this.#do(first, 'makes a group', (act) => act.client.createGroup('group', accounts.filter(knows)));
    if (!chance.happens(0.5)) return;
    const room = await first.program.client.createRoom({ title: 'a room' });
    for (const other of others) this.#do(other, 'joins the room', (act) => act.client.rooms.join(room.id));
  }

  /** Somebody at one of the devices does something. */
  step(): void {
    const devices = this.#world.devices();
    if (devices.length === 0) return;
    const device = this.#world.chance.pick(devices);
    const [, name, deed] = pickDeed(this.#world.chance.below(weight));
    this.#do(device, name, deed);
  }

  #do(device: Device, name: string, deed: Deed): void {
    const { chance, note, bug } = this.#world;
    const program = chance.pick([...device.programs]);
    note(device.name, name);
    const count: Act['count'] = (conversation) => this.#count(program, conversation);
    const act: Act = { ...this.#world, device, program, client: program.client, count };
    const open = `${device.name} ${name} (${++this.#deeds})`;
    this.#open.add(open);
    const over = () => this.#open.delete(open);
    program.life.onEnd(over);
    const done = async () => deed(act);
    program.life
      .hold(done())
      .catch((error: unknown) => {
        if (!(error instanceof ChatError) || error.code === 'internal') bug(`${device.name} ${name}`, error);
      })
      .finally(over);
  }

  #count(program: Program, conversation: string): ReturnType<Act['count']> {
    let by = this.#names.get(program);
    if (by === undefined) {
      by = `p${++this.#programs}`;
      this.#names.set(program, by);
    }
    const key = `${by} ${conversation}`;
    const n = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, n);
    return { by, n };
  }
}

/** The deed at this point of the wheel. */
function pickDeed(point: number): (typeof deeds)[number] {
  let passed = 0;
  for (const deed of deeds) {
    passed += deed[0];
    if (point < passed) return deed;
  }
  throw new Error('the wheel has a gap');
}
