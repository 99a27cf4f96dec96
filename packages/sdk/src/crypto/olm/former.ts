// Devices that were signed out after they had sent something. Who made a session is decided when it is taken in, so the
// keys of all senders are asked for first, and a device that is gone counts as present just for that, and as gone again
// right after.
import { DeviceLists } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountId, AccountKeys, DeviceKeys, ToDeviceItem } from '@parley/protocol';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import { deviceId, userId, userIds } from './names.ts';
import type { Origins } from './origins.ts';

/** Accounts whose former devices count as present, if this device dies now. */
const mendFact = 'mend';

/** Senders, present and former. */
export class Former {
  readonly #core: Core;
  readonly #keys: KeyList;
  readonly #origins: Origins;

  constructor(core: Core, parts: { readonly keys: KeyList; readonly origins: Origins }) {
    this.#core = core;
    this.#keys = parts.keys;
    this.#origins = parts.origins;
  }

  /** Undoes what a device that died in the middle left behind. */
  async mend(): Promise<void> {
    const [accounts] = await this.#core.facts.get([mendFact]);
    if (!Array.isArray(accounts) || accounts.length === 0) return;
    const changed = new DeviceLists(userIds(accounts as AccountId[]));
    await this.#core.ask(this.#core.olm.receiveSyncChangesMsc4186('[]', changed, new Map()));
    await this.#core.facts.put([[mendFact, []]]);
  }

  /** Keys of all senders are known; asked for anew where the sending device is not, or nobody vouches for it. */
  async makeKnown(items: readonly ToDeviceItem[]): Promise<readonly AccountKeys[]> {
    const senders = [...new Set(items.map((item) => item.sender))];
    await this.#keys.ensure(senders);
    const unsure = new Set<AccountId>();
    const makers = new Map(items.map((item) => [`${item.sender} ${item.device}`, item]));
    for (const { sender, device } of makers.values())
      if (!(await this.#isVouchedFor(sender, device))) unsure.add(sender);
    return unsure.size === 0 ? [] : this.#keys.query([...unsure]);
  }

  /** Former devices among the senders count as present while `work` runs. `asked`: what was told of their keys. */
  async present<T>(items: readonly ToDeviceItem[], asked: readonly AccountKeys[], work: () => Promise<T>): Promise<T> {
    const sending = new Set(items.map(({ sender, device }) => `${sender} ${device}`));
    const former = ({ account, former_devices }: AccountKeys): readonly DeviceKeys[] =>
      former_devices.filter((device) => sending.has(`${account} ${device.device_id}`));
    const touched = asked.filter((item) => former(item).length > 0);
    if (touched.length === 0) return work();
    await this.#core.facts.put([[mendFact, touched.map((item) => item.account)]]);
    await this.#tellAgain(touched, former);
    this.#origins.ownersChanged();
    try {
      return await work();
    } finally {
      await this.#tellAgain(touched);
      this.#origins.ownersChanged();
      await this.#core.facts.put([[mendFact, []]]);
    }
  }

  /** But nothing of the own identity in whose place this device made another since. */
  #tellAgain(asked: readonly AccountKeys[], also?: (item: AccountKeys) => readonly DeviceKeys[]): Promise<void> {
    const { account: own } = this.#core;
    const accounts = asked.map((item) => item.account);
    return this.#core.alone(accounts, async () => {
      const items = asked.filter((item) => item.account !== own || item.identity_version >= this.#core.madeVersion);
      const named = items.map((item) => item.account);
      if (named.length > 0) await this.#keys.tell(named, items, also);
    });
  }

  async #isVouchedFor(sender: AccountId, device: string): Promise<boolean> {
    const found = await this.#core.ask(this.#core.olm.getDevice(userId(sender), deviceId(device)));
    return found?.isCrossSignedByOwner() === true;
  }
}
