// Why a file cannot be opened, as far as it matters for trying again.

/** These stay as they are, however often one tries. */
const lasting = new Set(['blob.unknown', 'client.altered_file']);

/** Can it be another answer next time? */
export const mayChange = (code: string): boolean => !lasting.has(code);
