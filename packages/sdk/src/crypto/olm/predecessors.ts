// Devices of people who started over since: the present identity does not vouch for them, but says that the one before
// was theirs, and that nobody else has its devices. It is believed of identities that this account knew: the server could
// make up any other one and let somebody sign it who has lost all they had. Of those of whom nothing was known it is
// believed, too: the server could have shown the other one first. Either way it is told that they have changed.
import type { AccountKeys, DeviceKeys, ToDeviceItem } from '@parley/protocol';
import { formerOf, isVouchedBy } from '../former-identity.ts';
import type { Core } from './core.ts';
import type { Identities } from './identities.ts';
import { nameOfAccount } from './names.ts';
import { type Maker, masterKeyOf, type Origins } from './origins.ts';

interface Parts {
  readonly origins: Origins;
  readonly identities: Identities;
}

/** Former identities of others. */
export class Predecessors {
  readonly #core: Core;
  readonly #parts: Parts;

  constructor(core: Core, parts: Parts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** The devices of these senders that count by such a word. `asked`: what was told of their keys just now. */
  async makersOf(items: readonly ToDeviceItem[], asked: readonly AccountKeys[]): Promise<readonly Maker[]> {
    const makers: Maker[] = [];
    for (const told of asked) {
      if (told.account === this.#core.account || told.former_identities === undefined) continue;
      const sending = new Set(items.filter(({ sender }) => sender === told.account).map(({ device }) => device));
      makers.push(...(await this.#makersIn(told, told.former_identities, sending)));
    }
    return makers;
  }

  async #makersIn(
    { account, devices, former_devices }: AccountKeys,
    former: NonNullable<AccountKeys['former_identities']>,
    sending: ReadonlySet<string>,
  ): Promise<readonly Maker[]> {
    const present = await masterKeyOf(this.#core, account);
    if (present === null) return [];
    const isNew = await this.#parts.identities.isNew(account);
    const makers: Maker[] = [];
    for (const identity of await formerOf(account, former, present)) {
      if (!isNew && !(await this.#parts.origins.hasMet(account, identity.master_key))) continue;
      for (const device of [...devices, ...former_devices])
        if (sending.has(device.device_id) && (await isVouchedBy(identity, device, nameOfAccount(account))))
          makers.push(this.#makerOf(account, device, identity.master_key));
    }
    return makers;
  }

  #makerOf(account: Maker['account'], { device_id: device, keys }: DeviceKeys, master: string): Maker {
    return {
      account,
      device,
      ed25519: keys[`ed25519:${device}`] ?? '',
      curve25519: keys[`curve25519:${device}`] ?? '',
      master_key: master,
      vouched_by: this.#core.device,
    };
  }
}
