// The version of the program, from the package that it is published in.
import manifest from '../package.json' with { type: 'json' };

export const { version } = manifest;
