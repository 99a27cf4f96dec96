// Devices of one account, each with a keeper of its keys, and the server that has its vault, its backup and the device
// that receives while the others are off.
import assert from 'node:assert/strict';
import { ChatError } from '../error.ts';
import { seededRandom, settle } from '../fixture.ts';
import type { CryptoParts, Http, HttpRequest, HttpResponse } from '../ports.ts';
import type { EncryptionView } from '../views.ts';
import { KeyKeeper, type TakingIn } from './key-keeper.ts';
import type { KeyMachine } from './key-machine.ts';
import { KeyServer } from './olm/key-server-fixture.ts';
import { type Login, loginOf, Person } from './olm/person-fixture.ts';
import { sealSetting } from './settings-seal.ts';
import type { VaultItem } from './vault.ts';

/** What is done aside takes its time: encryption waits for a thread, too. */
const rounds = 500;
const fewRounds = 40;
/** What was sent while every device was off. */
export const arrivals = 'arrivals';

/** The vault, the backup and the private settings of one account, beside the keys of everybody. */
export class Safe {
  /** Calls that are not answered now. */
  down: string | null = null;
  /** Calls of this method and path are not answered now. */
  refuse: string | null = null;
  /** How often the backup was asked for. */
  listed = 0;
  readonly server = new KeyServer();
  vault: readonly VaultItem[] = [];
  backup: readonly { readonly epoch: number }[] = [];
  /** Sealed, by key, and how often one was written. */
  readonly settings = new Map<string, string>();
  written = 0;
  readonly #watching = new Set<() => void>();

  /** A setting stands there, and the devices of the account hear of it. */
  setSetting(key: string, value: string): void {
    this.settings.set(key, value);
    for (const tell of this.#watching) tell();
  }

  watchSettings(tell: () => void): () => void {
    this.#watching.add(tell);
    return () => this.#watching.delete(tell);
  }

  httpOf({ call }: Pick<Login, 'call'>): Http {
    return {
      call: async (request) => {
        if (request.method === 'GET' && request.path.startsWith('/v1/backup')) this.listed++;
        if (this.down !== null && request.path.startsWith(this.down)) throw new ChatError('client.unreachable');
        if (this.refuse === `${request.method} ${request.path}`) throw new ChatError('client.unreachable');
        const body = this.#answer(request);
        return body === null ? call(request) : ({ status: 200, body } as HttpResponse);
      },
    } as Http;
  }

  #answer({ method, path, body }: HttpRequest): unknown {
    const name = `${method} ${path.split('?')[0]}`;
    const given = (body as { readonly items?: readonly never[] } | undefined)?.items ?? [];
    if (name === 'GET /v1/vault') return { items: this.vault };
    if (name === 'POST /v1/vault') this.#keep(given);
    if (name === 'POST /v1/backup') this.backup = [...this.backup, ...given];
    if (name === 'POST /v1/vault' || name === 'POST /v1/backup') return {};
    const settings = [...this.settings].map(([key, value]) => ({ key, value, seq: 1 }));
    if (name === 'GET /v1/me/settings') return { items: settings, has_more: false };
    if (name === 'GET /v1/backup') return { items: this.backup, has_more: false };
    return name === 'POST /v1/backup/query' ? { items: [] } : null;
  }

  #keep(next: readonly VaultItem[]): void {
    const names = new Set(next.map(({ name }) => name));
    this.vault = [...this.vault.filter(({ name }) => !names.has(name)), ...next];
  }
}

/** A device of somebody, its keeper, and how its recovery key stands. */
export class Device {
  readonly person: Person;
  keeper: KeyKeeper;
  readonly #open: () => KeyKeeper;
  readonly recovery: EncryptionView['recovery'][] = [];
  /** What was taken from the backup, when what waits was tried, and how far the taking was. */
  readonly taking: (readonly ['keys' | 'ready', TakingIn])[] = [];
  /** It hears nothing of settings, as if it were off. */
  isOff = false;
  #heard = 0;

  /** What is kept beside the keys. */
  readonly kept = new Map<string, unknown>();

  constructor(safe: Safe, login: Login, person: Person) {
    this.person = person;
    const { kept } = this;
    const { account, device, clock } = person;
    const rehydrate = async (key: Uint8Array) => {
      if (safe.down === arrivals) throw new ChatError('client.unreachable');
      return person.machine.rehydrate(key);
    };
    const importRoomKeys: KeyMachine['importRoomKeys'] = async (rows) => {
      this.taking.push(['keys', this.keeper.takingIn]);
      return person.machine.importRoomKeys(rows);
    };
    const machine = { ...person.machine, rehydrate, importRoomKeys };
    const nothing = () => {};
    this.#open = () =>
      new KeyKeeper(
        {
          account,
          device,
          http: safe.httpOf(login),
          clock,
          random: seededRandom(login.device.charCodeAt(2)),
          settings: this.#settingsIn(safe),
          secrets: { get: async (name) => kept.get(name), put: async (name, value) => void kept.set(name, value) },
          onKey: nothing,
          onReady: async () => void this.taking.push(['ready', this.keeper.takingIn]),
          onChanged: nothing,
          onUnopened: nothing,
          onLost: nothing,
        },
        machine,
        (recovery) => this.recovery.push(recovery),
      );
    this.keeper = this.#open();
  }

  /** The same machine with another keeper, over what was kept. */
  restart(): void {
    this.keeper.close();
    this.keeper = this.#open();
  }

  static async first(safe: Safe): Promise<Device> {
    const login = loginOf(safe.server, 'ana', 'phone');
    const device = new Device(safe, login, await Person.join(safe.server, 'ana', 'phone'));
    await device.keeper.load();
    device.keeper.ready();
    await until(() => device.keeper.vault.isCurrent, device);
    return device;
  }

  /** Another one, for which this one vouches. */
  async link(safe: Safe, name: string): Promise<Device> {
    const login = loginOf(safe.server, 'ana', name);
    const other = new Device(safe, login, await this.person.link(login));
    await other.keeper.load();
    await this.person.sync();
    return other;
  }

  /** Private settings as the account log of this device has them. */
  #settingsIn(safe: Safe): CryptoParts['settings'] {
    const { account } = this.person;
    return {
      read: (key) => [{ text: safe.settings.get(key) ?? '', isSealed: true }],
      write: async (setting, value) => {
        const key = this.keeper.vault.settingsKey ?? assert.fail('the vault is closed');
        const sealed = await sealSetting({ key, account, setting }, value, seededRandom(safe.written));
        safe.written++;
        safe.setSetting(setting, sealed);
      },
      onChange: (_, listener) => safe.watchSettings(() => this.isOff || listener()),
    };
  }

  /** What came is taken in, and heard. */
  async sync(): Promise<void> {
    await this.person.sync();
    for (const [device, text] of this.person.told.slice(this.#heard)) this.keeper.heard(device, text);
    this.#heard = this.person.told.length;
  }
}

/** They hear each other until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>, ...devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const device of devices) await device.sync();
    await settle();
    if (await isSo()) return;
  }
  assert.fail('it never came about');
}

/** They have heard each other, whatever comes of it. */
export async function talk(...devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < fewRounds; round += 1) {
    for (const device of devices) await device.sync();
    await settle();
  }
}
