// Histories of four people with two devices each, drawn from a seed: they join, leave and sign devices out, say things,
// die at any moment, and get what was sent to them late, again and in another order. Everybody reads what was said while
// it was a member, nobody reads anything else, and no key is used twice.
import assert from 'node:assert/strict';
import type { ConversationId } from '@parley/protocol';
import type { OpenOrder } from '../../packages/sdk/src/crypto/key-machine.ts';
import { messageIndex } from '../../packages/sdk/src/crypto/message-index.ts';
import { KeyServer } from '../../packages/sdk/src/crypto/olm/key-server-fixture.ts';
import { askMakerAfterMs } from '../../packages/sdk/src/crypto/olm/limits.ts';
import { accountOf, conversationOf, deviceOf } from '../../packages/sdk/src/crypto/olm/person-fixture.ts';
import { parseSealed } from '../../packages/sdk/src/crypto/sealed-content.ts';
import { Chance } from '../simulation/chance.ts';
import { FrailDevice, patient } from './frail-device.ts';
import { FrailBrowser, FrailFile } from './frail-disk.ts';

const names = ['ana', 'ben', 'cleo', 'dan'] as const;
/** Routes whose answer may be lost although nobody dies. */
const lossy = ['POST /v1/to-device', 'POST /v1/keys/claim', 'POST /v1/keys/query', 'POST /v1/keys/upload'] as const;
const mostMoments = 25;
/** After so many histories devices ask for the keys that they lack, and talk so often, with so many turns for what is done aside. */
const healed = 0.1;
const healRounds = 3;
const turnsAside = 20;

interface Said {
  readonly text: string;
  readonly envelope: OpenOrder;
  readonly readers: ReadonlySet<FrailDevice>;
}

/** What a history came to. */
export interface Played {
  readonly said: number;
  readonly deaths: number;
  readonly revoked: number;
}

/** Devices that play many histories, each in a conversation of its own. */
export class Crowd {
  readonly #server = new KeyServer();
  readonly #devices: FrailDevice[] = [];
  /** Session and index of everything that was ever said, and what it was. */
  readonly #used = new Map<string, string>();
  #made = 0;

  static async of(seed: number): Promise<Crowd> {
    const crowd = new Crowd();
    for (const at of names.keys()) {
      crowd.#devices.push(await crowd.#first(at, seed));
      crowd.#devices.push(await crowd.#second(at, seed));
    }
    return crowd;
  }

  async play(seed: number, steps: number): Promise<Played> {
    const chance = new Chance(seed);
    const chat = conversationOf(`chat${seed}x`);
    const members = new Set([0, 1, 2, 3]);
    const gone = new Set<FrailDevice>();
    const said: Said[] = [];
    const deaths = () => this.#devices.reduce((sum, one) => sum + one.deaths, 0);
    const before = deaths();
    for (let step = 0; step < steps; step++) await this.#step({ chance, chat, members, gone, said });
    for (const one of this.#devices) if (!gone.has(one)) await one.take(null, true);
    const order = chance.happens(0.5) ? said.toReversed() : said;
    for (const one of order) for (const device of this.#devices) await this.#judge(one, device, gone);
    if (chance.happens(healed)) {
      await this.#heal(gone);
      for (const one of order) for (const device of this.#devices) await this.#judge(one, device, gone);
    }
    for (const one of said) this.#once(one);
    const played = { said: said.length, deaths: deaths() - before, revoked: gone.size };
    for (const [at, one] of this.#devices.entries())
      if (gone.has(one)) this.#devices[at] = await this.#second(Math.floor(at / 2), seed);
    return played;
  }

  async close(): Promise<void> {
    for (const one of this.#devices) await one.close();
  }

  async #step({ chance, chat, members, gone, said }: Scene): Promise<void> {
    const person = chance.below(names.length);
    const what = chance.below(14);
    if (what === 0) members.delete(person);
    else if (what === 1) members.add(person);
    else if (what === 2) this.#revoke(person, gone);
    const actor = this.#devices[chance.below(this.#devices.length)] as FrailDevice;
    const left = chance.happens(0.5) ? chance.below(mostMoments) : null;
    if (what < 3 || gone.has(actor)) return;
    if (what < 7) return actor.take(left, false);
    const owner = (at: number) => Math.floor(at / 2);
    if (!members.has(owner(this.#devices.indexOf(actor)))) return;
    if (what < 8) await this.#crosses({ chance, chat, members, gone, said }, actor, left);
    await this.#says({ chance, chat, members, gone, said }, actor, left);
  }

  async #says({ chance, chat, members, gone, said }: Scene, actor: FrailDevice, left: number | null): Promise<void> {
    if (chance.happens(0.2)) this.#server.failOnce = chance.pick(lossy);
    const present = this.#present(members);
    const text = `number ${said.length} of ${chat}`;
    const order = actor.order(chat, present, text);
    const sealed = await actor.deed(left, (machine) =>
      patient(async () => {
        // The gateway refuses who has not heard of a signed-out device.
        await machine.changed();
        return machine.seal(order);
      }),
    );
    this.#server.failOnce = null;
    assert.ok(sealed.content !== null, `${actor.device} seals`);
    const { account: sender, device } = actor;
    const envelope = { conversation: chat, id: order.id, sender, device, content: sealed.content };
    const readers = present.filter((one) => !gone.has(one));
    said.push({ text, envelope, readers: new Set(readers) });
  }

  /**
   * Somebody is removed while a message is sealed for them, too: the server gives none of their keys any more, and does
   * not take what was sealed. It is said again for those who are left.
   */
  async #crosses({ chance, chat, members, said }: Scene, actor: FrailDevice, left: number | null): Promise<void> {
    const others = [...members].filter((person) => accountOf(names[person] as string) !== actor.account);
    if (others.length === 0) return;
    const leaver = chance.pick(others);
    const order = actor.order(chat, this.#present(members), `number ${said.length} of ${chat}`);
    this.#server.strangers.add(accountOf(names[leaver] as string));
    await actor.once(left, async (machine) => {
      await machine.changed();
      return machine.seal(order);
    });
    this.#server.strangers.clear();
    members.delete(leaver);
  }

  #present(members: ReadonlySet<number>): readonly FrailDevice[] {
    return this.#devices.filter((_, at) => members.has(Math.floor(at / 2)));
  }

  #revoke(person: number, gone: Set<FrailDevice>): void {
    const second = this.#devices[person * 2 + 1] as FrailDevice;
    if (gone.has(second)) return;
    gone.add(second);
    this.#server.revoke(second.account, second.device);
  }

  /** What a device reads that was signed out after it was said is left to chance: it may have taken the key in time. */
  async #judge({ text, envelope, readers }: Said, device: FrailDevice, gone: ReadonlySet<FrailDevice>): Promise<void> {
    if (readers.has(device) && gone.has(device)) return;
    const wanted = readers.has(device) ? text : 'no_key';
    assert.equal(await device.read(envelope), wanted, `${text} of ${envelope.device} for ${device.device}`);
  }

  /** What cannot be read is asked of its makers, who answer whom they may. */
  async #heal(gone: ReadonlySet<FrailDevice>): Promise<void> {
    const [askAfterMs = 0] = askMakerAfterMs;
    const present = this.#devices.filter((one) => !gone.has(one));
    for (const one of present) await one.clock.advance(askAfterMs);
    for (let round = 0; round < healRounds; round++)
      for (const one of present) {
        await one.take(null, true);
        for (let turn = 0; turn < turnsAside; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
  }

  #once({ text, envelope }: Said): void {
    const { session, ciphertext } = parseSealed(envelope.content) ?? assert.fail('it is not sealed');
    const place = `${session} ${messageIndex(ciphertext)}`;
    assert.equal(this.#used.get(place), undefined, `${text} has a key of its own`);
    this.#used.set(place, text);
  }

  async #first(at: number, seed: number): Promise<FrailDevice> {
    const one = this.#device(at, seed);
    await one.deed(null, async () => {});
    return one;
  }

  /** Linked by the seeds of the first one. */
  async #second(at: number, seed: number): Promise<FrailDevice> {
    const first = this.#devices[at * 2] ?? assert.fail('the first device is there');
    const secrets = await first.deed(null, (machine) => machine.exportSecrets());
    const one = this.#device(at, seed);
    await one.deed(null, (machine) => machine.importSecrets(secrets ?? assert.fail('it has the seeds')));
    return one;
  }

  #device(at: number, seed: number): FrailDevice {
    const name = names[at] as string;
    this.#made += 1;
    const login = { account: accountOf(name), device: deviceOf(`${name}${this.#made}x`) };
    const chance = new Chance(seed * 1_000 + this.#made);
    // Half of them are in Node, half in a browser.
    const disk = this.#made % 2 === 0 ? new FrailBrowser(chance) : new FrailFile(chance);
    return new FrailDevice(this.#server, login, { chance, disk });
  }
}

interface Scene {
  readonly chance: Chance;
  readonly chat: ConversationId;
  readonly members: Set<number>;
  readonly gone: Set<FrailDevice>;
  readonly said: Said[];
}
