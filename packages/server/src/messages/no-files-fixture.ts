// A server that keeps no files, for tests of everything else. Used by tests only.
import { memoryDirectory } from '../directory/memory-directory.ts';
import type { Clock } from '../kernel/clock.ts';
import { MessageFiles } from './message-files.ts';

export const noFiles = (clock: Clock) =>
  new MessageFiles({ files: memoryDirectory().files, blobs: null, clock, bytesPerAccount: 0 });
