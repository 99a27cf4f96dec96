// Pictures of groups as addresses that this page may show: `blob:` ones, made of bytes that were looked at before, of a
// type that is not the sender's to say. Of the groups that were on screen last a bounded number is at hand; those of one
// client go when another one is here.
import type { ConversationId } from '@parley/protocol';
import type { Client } from '@parley/sdk';

/** More than fit on any screen, and 3 MiB at most. */
const maxShown = 256;

const addresses = new Map<string, string>();
let owner: Client | null = null;

/** The address, if it is at hand. `seq`: the record with the picture. */
export function knownPicture(client: Client, id: ConversationId, seq: number): string | null {
  return owner === client ? (addresses.get(`${id}/${seq}`) ?? null) : null;
}

/** The address of the picture; null when it is none, or another one by now. */
export async function pictureAddress(client: Client, id: ConversationId, seq: number): Promise<string | null> {
  const conversation = client.conversation(id);
  const known = knownPicture(client, id, seq);
  if (known !== null || conversation === null || conversation.snapshot.picture !== seq) return known;
  const picture = await conversation.picture();
  if (picture === null || conversation.snapshot.picture !== seq) return null;
  return keep(client, `${id}/${seq}`, () => URL.createObjectURL(new Blob([picture.bytes], { type: picture.type })));
}

function keep(client: Client, name: string, make: () => string): string {
  if (owner !== client) while (forgetOldest());
  owner = client;
  const address = addresses.get(name) ?? make();
  addresses.set(name, address);
  if (addresses.size > maxShown) forgetOldest();
  return address;
}

/** What an image shows already it goes on showing. */
function forgetOldest(): boolean {
  const [oldest] = addresses;
  if (oldest === undefined) return false;
  const [name, address] = oldest;
  URL.revokeObjectURL(address);
  return addresses.delete(name);
}
