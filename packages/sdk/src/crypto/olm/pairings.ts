// A new device and a linked one over a code that is scanned: the library's ECIES channel to the key in the code, and
// digits that the linked one shows and a person types on the new one. Promise: the seeds of the identity leave this
// device only once those digits came back through the channel, for a device of this very account, in one try.
//
// Half of the digits is the library's check code: it differs when somebody stands between the two, and the new device
// compares it. The other half the linked device draws by chance and compares itself, so that nobody else can say for
// the person that they were typed.
import {
  type Curve25519PublicKey,
  Ecies,
  type EstablishedEcies,
  QrCodeData,
  QrCodeIntent,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import { inBackground } from '../../background.ts';
import { ChatError } from '../../error.ts';
import type { Random } from '../../ports.ts';
import { asFields, type Fields, fieldsOf } from '../json-fields.ts';
import type { Pairing } from '../key-machine.ts';
import { MeetingPlace } from '../meeting-place.ts';
import { identityIn } from '../shared-vault.ts';
import type { Core } from './core.ts';
import type { KeyList } from './key-list.ts';
import { maxPairingTries } from './limits.ts';
import type { OwnIdentity } from './own-identity.ts';

/** What stands before the code, so that nothing else takes it for its own. */
const prefix = 'parley-link:';
const hello = 'parley.link.v1';
const [checkDigits, drawnDigits] = [5, 4];
const nothing = { text: null, digits: null, device: null, problem: null } as const;

/** Why it came to nothing. */
class Ended extends Error {
  readonly problem: NonNullable<Pairing['problem']>;

  constructor(problem: NonNullable<Pairing['problem']>) {
    super(problem);
    this.problem = problem;
  }
}

/** At most one at a time: another one ends it. */
export class Pairings {
  readonly #core: Core;
  readonly #keys: KeyList;
  readonly #own: OwnIdentity;
  readonly #random: Random;
  #ending = new AbortController();
  /** Of the one that is under way. */
  #role: Pairing['role'] | null = null;
  #typed: ((digits: string) => void) | null = null;

  constructor(core: Core, parts: { readonly keys: KeyList; readonly own: OwnIdentity; readonly random: Random }) {
    this.#core = core;
    this.#keys = parts.keys;
    this.#own = parts.own;
    this.#random = parts.random;
  }

  /** The new one: what the code says that the other one scans. */
  async show(server: string): Promise<Pairing> {
    const signal = this.#begin('new');
    const ecies = new Ecies();
    const place = await MeetingPlace.open(this.#parts(signal), hello);
    const code = QrCodeData.newMsc4388(ecies.public_key(), place.name, server, QrCodeIntent.Login);
    const pairing: Pairing = { ...nothing, role: 'new', state: 'shown', text: prefix + code.toBase64() };
    this.#tell(pairing, signal);
    inBackground(this.#run('new', { place, signal }, () => this.#asNew(ecies, place, signal)));
    return pairing;
  }

  /** The linked one: what was scanned. @throws {ChatError} `link.invalid`, `link.gone` */
  async scan(text: string): Promise<Pairing> {
    if ((await this.#own.exportSecrets()) === null) throw new ChatError('client.crypto');
    const { name, publicKey } = readCode(text);
    const signal = this.#begin('old');
    const { place, data } = await MeetingPlace.find(this.#parts(signal), name);
    if (data !== hello) throw new ChatError('link.invalid');
    const pairing: Pairing = { ...nothing, role: 'old', state: 'waiting' };
    this.#tell(pairing, signal);
    inBackground(this.#run('old', { place, signal }, () => this.#asOld(publicKey, place, signal)));
    return pairing;
  }

  /** The new one: the digits that the other one shows. */
  type(digits: string): void {
    this.#typed?.(digits.replaceAll(/\D/g, ''));
  }

  /** It ends for both. */
  end(): void {
    const role = this.#role;
    this.#ending.abort();
    this.#role = null;
    if (role !== null) this.#core.events.pairing({ ...nothing, role, state: 'ended', problem: 'ended' });
  }

  async #asNew(ecies: Ecies, place: MeetingPlace, signal: AbortSignal): Promise<Pairing> {
    const { channel, message } = ecies.establish_inbound_channel(await place.hear());
    if (message !== hello) throw new Ended('refused');
    const { ed25519 } = (await this.#own.devices()).find(({ current }) => current) ?? {};
    await place.say(sealed(channel, { device: this.#core.device, ed25519 }));
    const drawn = await this.#askWhileThere(checkOf(channel), { place, signal });
    this.#tell({ ...nothing, role: 'new', state: 'working' }, signal);
    await place.say(sealed(channel, { drawn }));
    const identity = identityIn(asFields(opened(channel, await place.hear()).identity));
    if (identity === null) throw new Ended('wrong');
    await this.#own.importSecrets(identity);
    await place.leave();
    return { ...nothing, role: 'new', state: 'done' };
  }

  async #asOld(publicKey: Curve25519PublicKey, place: MeetingPlace, signal: AbortSignal): Promise<Pairing> {
    const { channel, initial_message } = new Ecies().establish_outbound_channel(publicKey, hello);
    await place.say(initial_message);
    const device = await this.#ownDevice(opened(channel, await place.hear()));
    const drawn = this.#draw();
    this.#tell({ ...nothing, role: 'old', state: 'digits', digits: checkOf(channel) + drawn, device }, signal);
    if (opened(channel, await place.hear()).drawn !== drawn) {
      await place.say(sealed(channel, {}));
      throw new Ended('wrong');
    }
    this.#tell({ ...nothing, role: 'old', state: 'working', device }, signal);
    await place.say(sealed(channel, { identity: await this.#own.exportSecrets() }));
    // The new one closes the place when it has them.
    await place.hear().catch(() => {});
    await this.#keys.query([this.#core.account]);
    const isLinked = (await this.#own.devices()).some((one) => one.device === device && one.linked);
    if (!isLinked) throw new Ended('gone');
    return { ...nothing, role: 'old', state: 'done', device };
  }

  /** Runs one side to its end, whatever it is. */
  async #run(
    role: Pairing['role'],
    { place, signal }: { readonly place: MeetingPlace; readonly signal: AbortSignal },
    side: () => Promise<Pairing>,
  ): Promise<void> {
    const end = (pairing: Pairing) => {
      this.#tell(pairing, signal);
      if (!signal.aborted) this.#role = null;
    };
    try {
      end(await side());
    } catch (error) {
      const problem = problemOf(error);
      end({ ...nothing, role, state: 'ended', problem });
      // The other one learns of it by the place being gone; what it said last it may still have to read.
      if (problem !== 'wrong' || role === 'new') await place.leave().catch(() => {});
    }
  }

  /** Asks until the other one has gone. */
  async #askWhileThere(
    check: string,
    { place, signal }: { readonly place: MeetingPlace; readonly signal: AbortSignal },
  ) {
    const asking = new AbortController();
    const asked = AbortSignal.any([signal, asking.signal]);
    try {
      return await Promise.race([this.#askDigits(check, asked), place.watch(asked)]);
    } finally {
      asking.abort();
    }
  }

  /** The drawn half of digits whose other half is right. */
  async #askDigits(check: string, signal: AbortSignal): Promise<string> {
    const whole = new RegExp(`^\\d{${checkDigits + drawnDigits}}$`);
    for (let left = maxPairingTries; left > 0; left -= 1) {
      const problem = left < maxPairingTries ? 'mistyped' : null;
      this.#tell({ ...nothing, role: 'new', state: 'digits', problem }, signal);
      const digits = await this.#nextDigits(signal);
      if (whole.test(digits) && digits.startsWith(check)) return digits.slice(checkDigits);
    }
    throw new Ended('wrong');
  }

  #nextDigits(signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#typed = null;
        reject(new Ended('ended'));
      };
      signal.addEventListener('abort', end, { once: true });
      this.#typed = (digits) => {
        this.#typed = null;
        signal.removeEventListener('abort', end);
        resolve(digits);
      };
    });
  }

  /** The device of this account that says so, with the key that is known of it. */
  async #ownDevice({ device, ed25519 }: Fields): Promise<string> {
    await this.#keys.query([this.#core.account]);
    const found = (await this.#own.devices()).find((one) => one.device === device);
    if (found === undefined || found.current || found.dehydrated || found.ed25519 !== ed25519)
      throw new Ended('refused');
    return found.device;
  }

  #draw(): string {
    const [high = 0, middle = 0, low = 0] = this.#random.bytes(3);
    return String(((high << 16) | (middle << 8) | low) % 10 ** drawnDigits).padStart(drawnDigits, '0');
  }

  #begin(role: Pairing['role']): AbortSignal {
    this.#ending.abort();
    this.#role = role;
    this.#ending = new AbortController();
    return AbortSignal.any([this.#ending.signal, this.#core.closed]);
  }

  #parts(signal: AbortSignal) {
    return { rest: this.#core.rest, clock: this.#core.clock, signal };
  }

  #tell(pairing: Pairing, signal: AbortSignal): void {
    if (!signal.aborted) this.#core.events.pairing(pairing);
  }
}

function readCode(text: string): { readonly name: string; readonly publicKey: Curve25519PublicKey } {
  const code = text.replaceAll(/\s/g, '');
  if (!code.startsWith(prefix)) throw new ChatError('link.invalid');
  try {
    const read = QrCodeData.fromBase64(code.slice(prefix.length));
    const name = read.intentData.msc4388?.rendezvousId;
    if (name === undefined || read.mode !== QrCodeIntent.Login) throw new ChatError('link.invalid');
    return { name, publicKey: read.publicKey };
  } catch (cause) {
    throw cause instanceof ChatError ? cause : new ChatError('link.invalid', { cause });
  }
}

/** The library's check code, all of it. */
function checkOf(channel: EstablishedEcies): string {
  const [high = 0, low = 0] = channel.check_code().as_bytes();
  return String(high * 256 + low).padStart(checkDigits, '0');
}

function sealed(channel: EstablishedEcies, fields: Fields): string {
  return channel.encrypt(JSON.stringify(fields));
}

function opened(channel: EstablishedEcies, data: string): Fields {
  return fieldsOf(channel.decrypt(data));
}

/** What does not open, or is not this account's, is refused. */
function problemOf(error: unknown): NonNullable<Pairing['problem']> {
  if (error instanceof Ended) return error.problem;
  return error instanceof ChatError && error.code !== 'keys.invalid' ? 'gone' : 'refused';
}
