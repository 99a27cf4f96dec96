// Row 20: what a new device does to believe the member list of a group of 1,000, into which everybody came by a link: it
// reads all entries from the first one on, in pages as a server sends them, and checks three signatures of each. Whom it
// holds which keys for is asked beside that (row 13). The list must come out whole, or there is no figure.
import type { AccountId, MembershipEntry } from '@parley/protocol';
import { maxPageItems } from '@parley/protocol/limits';
import { Pen, type Signer, signer } from '../../packages/sdk/src/crypto/membership-fixture.ts';
import { Follower, type Placed } from '../../packages/sdk/src/crypto/membership-follow.ts';
import { type Measure, measure } from '../measure.ts';

/** One reading, from the first entry on, by code that has not run before. */
export async function memberList(entries: number, signal: AbortSignal): Promise<readonly Measure[]> {
  const pen = await written(entries, signal);
  const pages: string[] = [];
  for (let at = 0; at < entries; at += maxPageItems)
    pages.push(JSON.stringify(pen.entries.slice(at, at + maxPageItems)));
  const start = performance.now();
  const follower = new Follower(pen.conversation, null, nobody);
  for (const page of pages) await follower.take(JSON.parse(page) as readonly Placed[]);
  const ms = performance.now() - start;
  const { chain, refused } = follower.result;
  if (refused !== null || chain?.members.length !== entries - 1) throw new Error('the list did not come out whole');
  return [measure('20', ms)];
}

/** A group, a link, and everybody who came by it. */
async function written(entries: number, signal: AbortSignal): Promise<Pen> {
  const pen = new Pen();
  const [owner, link] = [await signer('owner'), await signer('link')];
  await pen.write(owner, { action: 'create' });
  const door = { link_key: link.key, uses: entries, expires_at: 9 } satisfies Partial<MembershipEntry>;
  await pen.write(owner, { action: 'link', ...door });
  while (pen.entries.length < entries) {
    signal.throwIfAborted();
    await pen.write(await person(pen.entries.length), { action: 'join' }, link);
  }
  return pen;
}

/** Names are cut and filled up: these stay different. */
function person(n: number): Promise<Signer> {
  return signer(`p${n}x`);
}

const nobody = async (accounts: readonly AccountId[]) => new Map(accounts.map((account) => [account, null]));
