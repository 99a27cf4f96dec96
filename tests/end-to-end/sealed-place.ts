// Which key a message was sealed with, from the head of its ciphertext, which everybody may read.

/** A key: a session, and how many messages were sealed in it before. */
export interface Place {
  readonly session: string;
  readonly index: number;
}

/** That of `1.SESSION.MESSAGE`; a message begins with its version, 3, and with 8 and the index in sevens of bits. */
export function placeOf(content: string | null | undefined): Place {
  const [, session, ciphertext] = /^1\.([^.]+)\.(.+)$/.exec(content ?? '') ?? [];
  const bytes = Buffer.from(ciphertext ?? '', 'base64');
  if (session === undefined || bytes[0] !== 3 || bytes[1] !== 8) throw new Error('it is not sealed');
  let [index, shift, at] = [0, 0, 2];
  for (; (bytes[at] ?? 0) >= 128; at++, shift += 7) index += ((bytes[at] ?? 0) - 128) << shift;
  return { session, index: index + ((bytes[at] ?? 0) << shift) };
}

/** The keys of these, as texts. */
export function placesOf(contents: Iterable<string | null | undefined>): readonly string[] {
  return [...contents].map(placeOf).map(({ session, index }) => `${session}/${index}`);
}
