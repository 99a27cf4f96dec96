// Small bounded building blocks that the families share. Data only.
import Type from 'typebox';
import * as limits from './limits.ts';

/** A text of at most `max` UTF-16 code units. */
export const Text = (max: number, description: string, min = 0) =>
  Type.String({ minLength: min, maxLength: max, description });

/** An integer from `minimum` to `maximum`, by default 0 to 2^53 − 1. */
export const Integer = (description: string, minimum = 0, maximum: number = limits.maxInteger) =>
  Type.Integer({ minimum, maximum, description });

/** One of the given words. */
export const Word = <const Words extends readonly string[]>(words: Words, description: string) =>
  Type.Unsafe<Words[number]>(Type.String({ enum: [...words], description }));

/** RFC 3339 in UTC with milliseconds. */
export const Time = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,3})?Z$', maxLength: 24, description });

/** Chosen by the asker, repeated in the answer. */
export const Ref = Text(limits.maxRefCharacters, 'Chosen by the client; the answer repeats it.', 1);

/** Place of a record in its conversation: dense, from 1. */
export const Seq = Integer('Place in the conversation: dense, from 1.', 1);

/** 0 or a seq: "up to and including". */
export const UpTo = Integer('A seq, or 0 for none.');
