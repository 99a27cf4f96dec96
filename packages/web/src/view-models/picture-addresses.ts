// Pictures of groups as addresses that this page may show: of bytes that were looked at before, and a type that is not the
// sender's to say. Of the groups that were on screen last a bounded number is at hand; those of one client go when another
// one is here.
import type { ConversationId } from '@parley/protocol';
import type { Client, GroupPicture } from '@parley/sdk';

/** More than fit on any screen, and 3 MiB at most. */
export const maxPictureAddresses = 256;

/** What makes an address of bytes, and takes it back. */
export interface Addresses {
  make(picture: GroupPicture): string;
  revoke(address: string): void;
}

export class PictureAddresses {
  readonly #addresses: Addresses;
  readonly #kept = new Map<string, string>();
  #owner: Client | null = null;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  /** The address, if it is at hand. `seq`: the record with the picture. */
  known(client: Client, id: ConversationId, seq: number): string | null {
    return this.#owner === client ? (this.#kept.get(`${id}/${seq}`) ?? null) : null;
  }

  /** The address of the picture; null when it is none, or another one by now. */
  async of(client: Client, id: ConversationId, seq: number): Promise<string | null> {
    const conversation = client.conversation(id);
    const known = this.known(client, id, seq);
    if (known !== null || conversation === null) return known;
    const picture = await conversation.picture();
    return picture === null || conversation.snapshot.picture !== seq
      ? null
      : this.#keep(client, `${id}/${seq}`, picture);
  }

  #keep(client: Client, name: string, picture: GroupPicture): string {
    if (this.#owner !== client) while (this.#forgetOldest());
    this.#owner = client;
    const address = this.#kept.get(name) ?? this.#addresses.make(picture);
    this.#kept.set(name, address);
    if (this.#kept.size > maxPictureAddresses) this.#forgetOldest();
    return address;
  }

  /** What an image shows already it goes on showing. */
  #forgetOldest(): boolean {
    const [oldest] = this.#kept;
    if (oldest === undefined) return false;
    const [name, address] = oldest;
    this.#addresses.revoke(address);
    return this.#kept.delete(name);
  }
}
