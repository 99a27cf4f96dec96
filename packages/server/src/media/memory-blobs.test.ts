import { ManualClock } from '../kernel/manual-clock.ts';
import { blobsContract } from './blobs.contract.ts';
import { MemoryBlobs } from './memory-blobs.ts';

blobsContract('blobs in memory', async () => new MemoryBlobs(new ManualClock()));
