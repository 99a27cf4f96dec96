// A crypto provider without cryptography: what it makes has the shape and the size of ciphertext, and carries what
// ciphertext is bound to, so that everything around encryption is simulated (readers, sealing ahead, binding, witnesses) in
// microseconds and from one seed. Keys and their loss are the matter of the chaos runs over the real library.
import type { Body } from '@parley/protocol';
import { plainCrypto, readBody } from '../../packages/sdk/src/crypto/plain.ts';
import { parseSealed, printSealed } from '../../packages/sdk/src/crypto/sealed-content.ts';
import type { CryptoProvider, Opened, Opening, Sealing, Witness } from '../../packages/sdk/src/ports.ts';

/** Not bytes of anything, but 43 characters of base64. */
const session = 'A'.repeat(43);
/** The version byte of a Megolm message, and the bytes around a ciphertext. */
const version = 3;
const overhead = 92;

interface Inside {
  readonly conversation: string;
  readonly id: string;
  readonly sender: string | null;
  readonly body: Body;
  readonly witness: Witness | null;
}

/** Sealed in shape only. */
export function shapedCrypto(): CryptoProvider {
  let me: string | null = null;
  return {
    ...plainCrypto,
    name: 'shaped',
    start: ({ account }) => {
      me = account;
    },
    async seal(sealing: Sealing) {
      const { kind, conversation, id, body } = sealing;
      if (kind !== 'direct' && kind !== 'group') return plainCrypto.seal(sealing);
      const { memberN, witness = null } = await sealing.readers();
      const inside: Inside = { conversation, id, sender: me, body, witness };
      return {
        content: printSealed({ session, ciphertext: shaped(inside) }),
        format: 'sealed',
        memberN,
        keysN: 2 ** 40,
      };
    },
    open: async (opening) => (opening.format === 'sealed' ? openShaped(opening) : plainCrypto.open(opening)),
  };
}

function shaped(inside: Inside): string {
  const json = Buffer.from(JSON.stringify(inside));
  const bytes = Buffer.concat([Buffer.from([version]), json, Buffer.alloc(overhead)]);
  return bytes.toString('base64').replace(/=+$/, '');
}

/** Everybody can open it; it must stand where it was made for, and come from whom made it. */
function openShaped({ conversation, id, sender, content }: Opening): Opened {
  const parts = parseSealed(content);
  if (parts === null) return { body: null, reason: 'broken', session: null };
  const bytes = Buffer.from(parts.ciphertext, 'base64').subarray(1, -overhead);
  const inside = JSON.parse(bytes.toString()) as Inside;
  const isBound = inside.conversation === conversation && inside.id === id && inside.sender === sender;
  if (!isBound) return { body: null, reason: 'altered', session };
  const body = readBody(inside.body);
  return body === null ? { body, reason: 'broken', session } : { body, witness: inside.witness };
}
