// What an encrypted message looks like to a server, for raw clients that have no keys: the right shape and size, and
// content that no client opens.

/** Fields of a message with this text, in the shape of ciphertext. */
export function shaped(text: string): { readonly content: string; readonly format: 'sealed' } {
  const megolm = Buffer.concat([Buffer.from([3]), Buffer.from(text), Buffer.alloc(120)]);
  return { content: `1.${'A'.repeat(43)}.${megolm.toString('base64').replace(/=+$/, '')}`, format: 'sealed' };
}
