// Numbers among the options of a command. A word that is none is wrong usage, and never a NaN on its way.
import { InvalidArgumentError } from 'commander';

/** Reads a whole number within bounds. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

/** Seconds, perhaps with a fraction. */
export function seconds(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('It is a number of seconds, more than 0.');
}
