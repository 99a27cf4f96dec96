import { directoryContract } from './directory.contract.ts';
import { memoryDirectory } from './memory-directory.ts';

directoryContract('memory directory', async () => memoryDirectory());
