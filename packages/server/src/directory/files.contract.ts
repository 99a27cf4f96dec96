// The part of the directory's contract that is about files of messages.
import assert from 'node:assert/strict';
import type { Rule } from './devices.contract.ts';
import type { FilePage, FileRow } from './files.ts';
import { accountId, fileRow as row } from './sample-rows.ts';

const blobId = (n: number) => row(n).blob;

/** The promises about files, as tests. */
export function filesContract(rule: Rule): void {
  rule('[DIR18] files are found by their blobs, and one that is added again is there once', async ({ files }) => {
    for (const n of [1, 2]) await files.add(row(n));
    await files.add(row(2, { bytes: 7 }));
    const found = await files.get([blobId(2), blobId(9), blobId(1)]);
    assert.deepEqual(found, [row(2, { bytes: 7 }), row(1)]);
  });

  rule('[DIR18] the bytes of an account are those of its files that are there', async ({ files }) => {
    assert.equal(await files.bytesOf(accountId('ana')), 0);
    await files.add(row(1));
    await files.add(row(2));
    await files.add(row(2));
    await files.add(row(3, { account: accountId('ben') }));
    assert.equal(await files.bytesOf(accountId('ana')), 203);
    await files.remove([blobId(1), blobId(9)]);
    await files.remove([blobId(1)]);
    assert.equal(await files.bytesOf(accountId('ana')), 102);
    assert.equal(await files.bytesOf(accountId('ben')), 103);
    assert.deepEqual(await files.get([blobId(1)]), []);
  });

  rule('[DIR24] every file is listed once, by pages', async ({ files }) => {
    const rows = [1, 2, 3, 4, 5].map((n) => row(n));
    for (const one of rows) await files.add(one);
    await files.remove([blobId(4)]);
    const found: FileRow[] = [];
    let from: string | null = null;
    do {
      const page: FilePage = await files.list(from, 2);
      assert.ok(page.rows.length <= 2);
      found.push(...page.rows);
      from = page.next;
    } while (from !== null);
    const byBlob = (one: FileRow, other: FileRow) => (one.blob < other.blob ? -1 : 1);
    assert.deepEqual(found.sort(byBlob), [row(1), row(2), row(3), row(5)].sort(byBlob));
  });
}
