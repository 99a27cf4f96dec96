// The identity of the own account, and whether it vouches for this device. The first device makes one; any other has to
// be given its seeds, and until then it is in nobody's list and seals nothing.
import type { UploadSigningKeysRequest } from '@matrix-org/matrix-sdk-crypto-wasm';
import type { AccountKeys } from '@parley/protocol';
import { ChatError } from '../../error.ts';
import type { DevicesBefore } from '../../views.ts';
import { signFormer } from '../former-identity.ts';
import type { IdentitySecrets, KeyState, OwnDevice } from '../key-machine.ts';
import { seedSigner } from '../vault-items.ts';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import { deviceId, userId } from './names.ts';
import { masterIn } from './origins.ts';
import { type LibraryRequest, perform } from './requests.ts';

/** `former`: the identity before, for which the new one speaks. */
interface PublishOptions {
  readonly password?: string;
  readonly former?: AccountKeys | undefined;
}

/** The own identity. */
export class OwnIdentity {
  readonly #core: Core;
  readonly #keys: KeyList;
  #state: KeyState = 'opening';

  constructor(core: Core, keys: KeyList) {
    this.#core = core;
    this.#keys = keys;
  }

  get state(): KeyState {
    return this.#state;
  }

  /** Tells early of an identity that does not vouch for this device, so that linking can begin. What fails, `settle` does. */
  async glance(): Promise<void> {
    const { hasMaster } = await this.#core.ask(this.#core.olm.crossSigningStatus());
    if (hasMaster || this.#state !== 'opening') return;
    const own = await this.#query().catch(() => undefined);
    if (own?.master_key !== undefined && !(await this.#isLinked())) await this.judge();
  }

  /** Makes the first identity, or signs this device when its seeds are here. One after the other: there is one identity. */
  settle(): Promise<KeyState> {
    return this.#core.lanes.run('identity', () => this.#settle());
  }

  async #settle(): Promise<KeyState> {
    const own = await this.#query();
    if (own?.master_key === undefined) {
      const status = await this.#core.ask(this.#core.olm.crossSigningStatus());
      await this.#publish(!status.hasMaster, own?.identity_version ?? 0).catch((error: unknown) => {
        // Another device of this account was faster: this one has to be linked to that identity.
        if (!(error instanceof ChatError && error.code === 'keys.conflict')) throw error;
      });
      await this.#query();
    } else if (await this.#canSign()) await this.#signDevice();
    return this.judge();
  }

  /** Tells when the state has changed. Asks nobody. */
  async judge(): Promise<KeyState> {
    const state = (await this.#isLinked()) ? 'ready' : 'needs_linking';
    if (state !== this.#state) {
      this.#state = state;
      this.#core.events.state(state);
    }
    return state;
  }

  reset(password: string, before: DevicesBefore): Promise<void> {
    return this.#core.lanes.run('identity', () => this.#reset(password, before));
  }

  async #reset(password: string, devices: DevicesBefore): Promise<void> {
    const own = await this.#query();
    const before = await this.exportSecrets();
    try {
      const former = devices === 'safe' ? own : undefined;
      await this.#publish(true, own?.identity_version ?? 0, { password, former });
    } catch (error) {
      // The library has forgotten the seeds that still count.
      await this.#query();
      if (before !== null) await this.#import(before);
      throw error;
    }
    await this.#query();
    await this.judge();
  }

  async exportSecrets(): Promise<IdentitySecrets | null> {
    const seeds = await this.#core.ask(this.#core.olm.exportCrossSigningKeys());
    const { masterKey, self_signing_key, userSigningKey } = seeds ?? {};
    if (!masterKey || !self_signing_key || !userSigningKey) return null;
    return { master: masterKey, selfSigning: self_signing_key, userSigning: userSigningKey };
  }

  importSecrets(secrets: IdentitySecrets): Promise<KeyState> {
    return this.#core.lanes.run('identity', () => this.#import(secrets));
  }

  async #import(secrets: IdentitySecrets): Promise<KeyState> {
    await this.#query();
    const { master, selfSigning, userSigning } = secrets;
    const status = await this.#core.olm
      .importCrossSigningKeys(master, selfSigning, userSigning)
      .catch((cause: unknown) => {
        throw new ChatError('keys.invalid', { cause });
      });
    if (!status.hasMaster || !status.hasSelfSigning || !status.hasUserSigning) throw new ChatError('keys.invalid');
    await this.#signDevice();
    return this.judge();
  }

  async devices(): Promise<readonly OwnDevice[]> {
    const devices = await this.#core.ask(this.#core.olm.getUserDevices(userId(this.#core.account)));
    return devices.devices().map((device) => ({
      device: device.deviceId.toString(),
      linked: device.isCrossSignedByOwner(),
      current: device.deviceId.toString() === this.#core.device,
      dehydrated: device.isDehydrated,
      ed25519: device.ed25519Key?.toBase64() ?? '',
    }));
  }

  async #canSign(): Promise<boolean> {
    const status = await this.#core.ask(this.#core.olm.crossSigningStatus());
    return status.hasSelfSigning && !(await this.#isLinked());
  }

  async #signDevice(): Promise<void> {
    const { account, device, olm } = this.#core;
    const own = await this.#core.ask(olm.getDevice(userId(account), deviceId(device)));
    if (own === undefined) throw new ChatError('client.crypto');
    if (own.isCrossSignedByOwner()) return;
    await perform(this.#core, await this.#core.ask(own.verify()));
    await this.#query();
  }

  async #isLinked(): Promise<boolean> {
    const { account, device, olm } = this.#core;
    const own = await this.#core.ask(olm.getDevice(userId(account), deviceId(device)));
    return own?.isCrossSignedByOwner() === true;
  }

  #publish(anew: boolean, version: number, how: PublishOptions = {}): Promise<void> {
    return this.#core.alone([this.#core.account], () => this.#publishAlone(anew, version, how));
  }

  async #publishAlone(anew: boolean, version: number, { password, former }: PublishOptions): Promise<void> {
    const requests = await this.#core.ask(this.#core.olm.bootstrapCrossSigning(anew));
    const upload = requests.uploadKeysRequest as LibraryRequest | undefined;
    if (upload !== undefined) await perform(this.#core, upload);
    const keys = identityKeys(requests.uploadSigningKeysRequest);
    const seeds = former === undefined ? null : await this.exportSecrets();
    const said =
      former && seeds
        ? await signFormer(former, masterIn(JSON.stringify(keys.master_key)) ?? '', seedSigner(seeds.master))
        : [];
    const more = { ...(said.length > 0 && { former_identities: said }), ...(password !== undefined && { password }) };
    await this.#core.rest('uploadIdentity', { body: { version: version + 1, ...keys, ...more } });
    this.#core.madeVersion = version + 1;
    await perform(this.#core, requests.uploadSignaturesRequest);
  }

  async #query(): Promise<AccountKeys | undefined> {
    const { account } = this.#core;
    return (await this.#keys.query([account])).find((item) => item.account === account);
  }
}

function identityKeys(request: UploadSigningKeysRequest) {
  type Keys = Required<Pick<AccountKeys, 'master_key' | 'self_signing_key' | 'user_signing_key'>>;
  const { master_key, self_signing_key, user_signing_key } = JSON.parse(request.body) as Keys;
  return { master_key, self_signing_key, user_signing_key };
}
