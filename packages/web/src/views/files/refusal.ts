// What is said about a file that could not be sent, opened or saved.
import { files as texts } from '../../words/english-files.ts';
import { words } from '../../words/words.ts';

/** By the code of the refusal. */
export const refusalOf = (code: string): string => texts.refusal(code) ?? words.error(code);

/** These stay as they are, however often one tries. */
const lasting = new Set(['blob.unknown', 'client.altered_file']);

/** Can it be another answer next time? */
export const mayChange = (code: string): boolean => !lasting.has(code);
