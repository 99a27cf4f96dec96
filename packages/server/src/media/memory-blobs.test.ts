import { ManualClock } from '../kernel/manual-clock.ts';
import { blobsContract } from './blobs.contract.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { piecesContract } from './pieces.contract.ts';

blobsContract('blobs in memory', async () => new MemoryBlobs(new ManualClock()));
piecesContract('blobs in memory', async () => new MemoryBlobs(new ManualClock()));
