// What an encrypted message looks like to a server, for raw clients that have no keys: the right shape and size, and
// content that no client opens.

/** Sealed for whoever is there: no list is newer. */
const forEverybody = { member_n: 2 ** 40, keys_n: 2 ** 40 } as const;

/** Fields of a message with this text, in the shape of ciphertext. */
export function shaped(text: string) {
  const megolm = Buffer.concat([Buffer.from([3]), Buffer.from(text), Buffer.alloc(120)]);
  const content = `1.${'A'.repeat(43)}.${megolm.toString('base64').replace(/=+$/, '')}`;
  return { ...forEverybody, content, format: 'sealed' } as const;
}
