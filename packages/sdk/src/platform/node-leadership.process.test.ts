// Several processes on one folder: who leads, what they tell each other, and what a killed one leaves behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { FolderLeadership } from './node-leadership.ts';

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-lead-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What a member hears, and a wait for so much of it. */
function hearing(member: FolderLeadership) {
  const heard: unknown[] = [];
  let tell = () => {};
  const stop = member.subscribe((message) => {
    heard.push(message);
    tell();
  });
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      tell = () => {
        if (heard.length >= count) resolve();
      };
      tell();
    });
  return { heard, stop, until };
}

test('[LOC5] what one process says the others hear once, in order, and it does not hear itself', async (t) => {
  const folder = newFolder(t);
  const [a, b, c] = [1, 2, 3].map(() => new FolderLeadership(folder)) as [
    FolderLeadership,
    FolderLeadership,
    FolderLeadership,
  ];
  const [ears, others, third] = [hearing(a), hearing(b), hearing(c)];
  for (let n = 1; n <= 50; n++) (n % 2 === 0 ? a : b).post({ n });
  await Promise.all([ears.until(25), others.until(25), third.until(50)]);
  const all = Array.from({ length: 50 }, (_, at) => ({ n: at + 1 }));
  assert.deepEqual(third.heard, all);
  assert.deepEqual(
    ears.heard,
    all.filter(({ n }) => n % 2 === 1),
  );
  for (const each of [ears, others, third]) each.stop();
});

test('[LOC5] a process that missed something is told so', async (t) => {
  const folder = newFolder(t);
  const [a, b] = [new FolderLeadership(folder), new FolderLeadership(folder)];
  const ears = hearing(b);
  const [own] = [hearing(a)];
  const posts = new DatabaseSync(join(folder, 'posts.db'));
  a.post({ n: 1 });
  posts.exec('DELETE FROM posts');
  a.post({ n: 2 });
  await ears.until(2);
  assert.deepEqual(ears.heard, [{ post: 'gap' }, { n: 2 }]);
  posts.close();
  own.stop();
  ears.stop();
});

test('[LOC3] what processes told each other is in no file after it was cleared', async (t) => {
  const folder = newFolder(t);
  const [a, b] = [new FolderLeadership(folder), new FolderLeadership(folder)];
  const ears = [hearing(a), hearing(b)];
  const canary = 'the canary sings at noon';
  a.post({ canary });
  await ears[1]?.until(1);
  await a.clear();
  for (const each of ears) each.stop();
  for (const name of readdirSync(folder)) assert.ok(!readFileSync(join(folder, name)).includes(canary), name);
});

test('[LOC6] one leads at a time; when it lets go, is no longer wanted, or is killed, the next one does', async (t) => {
  const folder = newFolder(t);
  const program = `
    import { FolderLeadership } from ${JSON.stringify(new URL('./node-leadership.ts', import.meta.url).href)};
    const member = new FolderLeadership(${JSON.stringify(folder)});
    member.subscribe(() => {});
    await member.acquire(new AbortController().signal);
    process.stdout.write('leads');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => child.kill('SIGKILL'));
  await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  const [a, b] = [new FolderLeadership(folder), new FolderLeadership(folder)];
  const ears = [hearing(a), hearing(b)];
  const patience = new AbortController();
  const given = assert.rejects(a.acquire(patience.signal), { code: 'client.aborted' });
  patience.abort();
  await given;
  let leads = false;
  const leading = a.acquire(new AbortController().signal).then((lease) => {
    leads = true;
    return lease;
  });
  assert.equal(leads, false);
  child.kill('SIGKILL');
  const lease = await leading;
  const next = b.acquire(new AbortController().signal);
  lease.release();
  (await next).release();
  for (const each of ears) each.stop();
});
