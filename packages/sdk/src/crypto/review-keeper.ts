// Keeps whom this account has confirmed, and whose change it accepted, where every device of it finds them, and where one
// that was opened with the recovery key does. Each device has all that it knows beside its keys and only adds to it:
// what a server keeps back, or shows again, takes nothing from a device that knows better. [ENC]
import type { AccountId } from '@parley/protocol';
import { maxPageItems, maxSettings } from '@parley/protocol/limits';
import { reviewsKey } from '@parley/protocol/settings';
import { inBackground } from '../background.ts';
import * as limits from '../limits.ts';
import { everyItem } from '../pages.ts';
import type { CryptoParts, StandingSetting } from '../ports.ts';
import type { Rest } from '../rest.ts';
import { asFields, fieldsOf } from './json-fields.ts';
import type { KeyMachine, Review } from './key-machine.ts';
import { lacks, parts, printReviews, type Reviewed, type Reviews, readReviews, union } from './reviews.ts';
import { openSetting } from './settings-seal.ts';
import { publicHalf } from './signing.ts';
import { bytesOfSeed, masterVerifier, type Sign, seedSigner, type Verify } from './vault-items.ts';
import type { VaultKeeper } from './vault-keeper.ts';
import type { OpenedVault } from './vault-open.ts';

interface KeeperParts extends Pick<CryptoParts, 'account' | 'clock' | 'secrets' | 'settings'> {
  readonly rest: Rest;
  readonly machine: KeyMachine;
  readonly vault: VaultKeeper;
}

const keptName = 'reviews';
const settingKeys = Array.from({ length: limits.maxReviews / limits.reviewsPerSetting }, (_, at) => reviewsKey(at));
/** What stands under these keys, the newest first. */
type Standing = readonly (readonly [setting: string, values: readonly StandingSetting[]])[];

/** The reviews of an account on this device. */
export class ReviewKeeper {
  readonly #parts: KeeperParts;
  #known: Reviews = new Map();
  /** One thing after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #stopTimer: (() => void) | null = null;
  #stopListening: () => void = () => {};
  /** So often others lacked something since somebody was reviewed here. */
  #repeats = 0;
  #closed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** What this device knows counts before it seals anything. */
  async load(): Promise<void> {
    const { secrets, settings, machine } = this.#parts;
    const kept = ((await secrets.get(keptName)) ?? (await this.#former())) as readonly Reviewed[];
    this.#known = new Map(kept.map((one) => [one.account, one]));
    if (kept.length > 0) await machine.review(kept);
    this.#stopListening = settings.onChange(settingKeys, () => inBackground(this.look().catch(() => {})));
  }

  /** Somebody was reviewed here. Resolves when that is kept for the other devices, too. */
  decided(review: Review): Promise<void> {
    return this.#inTurn(async () => {
      const newest = Math.max(0, ...[...this.#known.values()].map(({ n }) => n));
      await this.#keep(new Map(this.#known).set(review.account, { ...review, n: newest + 1 }));
      this.#repeats = 0;
      await this.#write();
    });
  }

  /** Takes in what other devices found out. What they lack they are told after a while. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#isLacking()) this.#writeLater();
    });
  }

  /** What the server has of it. */
  async fetch(): Promise<Standing> {
    const items = await everyItem(
      (cursor) => this.#parts.rest('listSettings', { query: { limit: maxPageItems, ...(cursor && { cursor }) } }),
      maxSettings,
    );
    const found = new Map(items.map(({ key, value }) => [key, value]));
    return settingKeys.map((key) => [key, [{ text: found.get(key) ?? '', isSealed: true }]]);
  }

  /** Takes it in with what the vault says, before this device is one of the account's. */
  take(standing: Standing, by: OpenedVault): Promise<void> {
    const from = { settings: by.settings, verify: masterVerifier(by.masterKey) };
    return this.#inTurn(async () => void (await this.#takeIn(standing, from)));
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#stopTimer?.();
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => (this.#closed ? undefined : task()));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** As a device kept it before there was one list for all. */
  async #former(): Promise<readonly Reviewed[]> {
    const { secrets } = this.#parts;
    const confirmed = ((await secrets.get('confirmed')) ?? []) as readonly { account: AccountId; key: string }[];
    const accepted = ((await secrets.get('accepted')) ?? []) as readonly { account: AccountId; fingerprint: string }[];
    const keyIn = (master: string) => String(Object.values(asFields(fieldsOf(master).keys))[0]);
    return [
      ...confirmed.map(({ account, key }) => ({ account, key: keyIn(key), what: 'confirmed', n: 0 }) as const),
      ...accepted.map(({ account, fingerprint }) => ({ account, key: fingerprint, what: 'accepted', n: 0 }) as const),
    ];
  }

  async #isLacking(): Promise<boolean> {
    const identity = await this.#identity();
    if (identity === null) return false;
    const { settings } = this.#parts;
    const standing = settingKeys.map((key) => [key, settings.read(key)] as const);
    const from = { settings: this.#parts.vault.settingsKey, verify: identity.verify };
    return lacks(await this.#takeIn(standing, from), this.#known);
  }

  /** Answers with what stands there now. */
  async #takeIn(
    standing: Standing,
    { settings, verify }: { readonly settings: Uint8Array | null; readonly verify: Verify },
  ): Promise<Reviews> {
    const { account } = this.#parts;
    const [newest, all]: [Reviewed[], Reviewed[]] = [[], []];
    for (const [setting, values] of standing)
      for (const [at, { text, isSealed }] of values.entries()) {
        // What is sealed and cannot be opened is signed by nobody.
        const opened = isSealed && settings ? await openSetting({ key: settings, account, setting }, text) : text;
        const reviews = await readReviews({ account, setting }, opened ?? '', verify);
        all.push(...reviews);
        if (at === 0) newest.push(...reviews);
      }
    const known = union(this.#known, all);
    if (lacks(this.#known, known)) await this.#keep(known);
    return union(new Map(), newest);
  }

  async #keep(known: Reviews): Promise<void> {
    const all = [...known.values()];
    await this.#parts.secrets.put(keptName, all);
    this.#known = known;
    await this.#parts.machine.review(all);
  }

  /** Whoever makes this device write for ever does so ever more rarely. */
  #writeLater(): void {
    if (this.#stopTimer !== null || this.#closed) return;
    const wait = Math.min(limits.writeReviewsMaxMs, limits.writeReviewsMinMs * 2 ** Math.min(this.#repeats++, 16));
    this.#stopTimer = this.#parts.clock.after(wait, () => {
      this.#stopTimer = null;
      inBackground(this.#inTurn(() => this.#write()).catch(() => {}));
    });
  }

  async #write(): Promise<void> {
    const identity = await this.#identity();
    if (identity === null || this.#parts.vault.settingsKey === null || !(await this.#isLacking())) return;
    const { account, settings } = this.#parts;
    for (const [at, reviews] of parts(this.#known).entries()) {
      const setting = reviewsKey(at);
      await settings.write(setting, await printReviews({ account, setting }, reviews, identity.sign));
    }
  }

  /** Null while this device is none of the account's. */
  async #identity(): Promise<{ readonly sign: Sign; readonly verify: Verify } | null> {
    const seeds = await this.#parts.machine.exportSecrets();
    if (seeds === null) return null;
    const verify = masterVerifier(await publicHalf('Ed25519', bytesOfSeed(seeds.master)));
    return { sign: seedSigner(seeds.master), verify };
  }
}
