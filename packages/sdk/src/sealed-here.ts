// What this device sealed and sent comes back from the server like everything else. Its body is known: it is not opened
// again when it is, to the character, what was sealed under its id. It promises that anything else is opened as ever. [ENC]
import type { AccountId, Body, ConversationId, MessageId, ToDeviceItem } from '@parley/protocol';
import { maxSealedHere } from './limits.ts';
import type { CryptoDesk, CryptoParts, CryptoProvider, Opened, Opening, Sealed, Sealing } from './ports.ts';
import type { Tables } from './tables.ts';

interface Own {
  readonly conversation: ConversationId;
  readonly body: Body;
  readonly content: string;
}

/** A provider that knows what it sealed, until that has come back. */
export class SealedHere implements CryptoProvider {
  readonly #crypto: CryptoProvider;
  readonly #tables: Tables;
  readonly #own = new Map<MessageId, Own>();

  constructor(crypto: CryptoProvider, tables: Tables) {
    this.#crypto = crypto;
    this.#tables = tables;
  }

  get name(): string {
    return this.#crypto.name;
  }

  get desk(): CryptoDesk | null {
    return this.#crypto.desk;
  }

  get membership() {
    return this.#crypto.membership;
  }

  start(parts: CryptoParts): void {
    this.#crypto.start(parts);
  }

  async seal(sealing: Sealing): Promise<Sealed> {
    const sealed = await this.#crypto.seal(sealing);
    if (sealed.format === 'sealed') this.#remember(sealing, sealed.content);
    return sealed;
  }

  async open(opening: Opening): Promise<Opened> {
    const body = this.#take(opening);
    if (body === null) return this.#crypto.open(opening);
    this.#crypto.seen?.(opening, body);
    return { body };
  }

  sealsSetting(key: string): boolean {
    return this.#crypto.sealsSetting(key);
  }

  sealSetting(key: string, value: string): Promise<string> {
    return this.#crypto.sealSetting(key, value);
  }

  openSetting(key: string, value: string): Promise<string | null> {
    return this.#crypto.openSetting(key, value);
  }

  receive(items: readonly ToDeviceItem[]): Promise<void> {
    return this.#crypto.receive(items);
  }

  keysChanged(n: number | null): void {
    this.#crypto.keysChanged(n);
  }

  close(): Promise<void> {
    return this.#crypto.close();
  }

  wipe(account: AccountId): Promise<void> {
    return this.#crypto.wipe(account);
  }

  #remember({ id, conversation, body }: Sealing, content: string): void {
    this.#own.delete(id);
    this.#own.set(id, { conversation, body, content });
    const oldest = this.#own.keys().next();
    if (this.#own.size > maxSealedHere && !oldest.done) this.#own.delete(oldest.value);
  }

  /** Once: what comes again is opened. */
  #take({ id, conversation, sender, device, content, format }: Opening): Body | null {
    const own = this.#own.get(id);
    if (own === undefined) return null;
    const me = this.#tables.fact('me');
    const isSame = own.conversation === conversation && own.content === content && format === 'sealed';
    if (!isSame || me?.account !== sender || me.device !== device) return null;
    this.#own.delete(id);
    return own.body;
  }
}
