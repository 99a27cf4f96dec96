// How the owners of rows are called, and what points to them.
import type { AccountId, DeviceId } from '@parley/protocol';
import { firstOf } from './cassandra-dues.ts';

/** Everything of an account that is small. Its id stands for ever. */
export const accountOwner = (account: AccountId | string): string => `account ${account}`;
/** Who has this claim, or is about to. */
export const claimOwner = (claim: string): string => `claim ${claim}`;
/** Whose device this is or was. */
export const deviceOwner = (device: DeviceId): string => `device ${device}`;
/** One-time keys of a device, and what waits for it. */
export const poolOwner = (device: DeviceId): string => `pool ${device}`;
export const queueOwner = (device: DeviceId): string => `queue ${device}`;
export const backupOwner = (account: AccountId): string => `backup ${account}`;
/** All handles that begin with one character. */
export const handlesOwner = (handle: string): string => `handles ${firstOf(handle)}`;
export const setUpOwner = 'setup all';
/** What holds for the whole directory. */
export const wholeOwner = 'whole all';

export const tokenPointer = (hash: string): string => `token ${hash}`;
export const secretPointer = (hash: string): string => `secret ${hash}`;
export const handlePointer = (handle: string): string => `handle ${handle}`;
