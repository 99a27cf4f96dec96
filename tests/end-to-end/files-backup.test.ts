// Files over a real server: put, carried, read in ranges, still there after a restart and a restore, gone with their message.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ConversationId, uuid7FromBytes } from '@parley/protocol';
import { folderOfTest, goesWithTest, open, operate, startServer } from './operated.ts';
import { directChat, type Person, signUp } from './people.ts';
import { readFile, sendFile } from './raw-files.ts';

const bytes = randomBytes(3 * 1024 * 1024 + 7);

/** For everyone; resolves when it came back with a seq of its own. */
function deleteMessage(url: string, { token }: Person, chat: ConversationId, seq: number): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, 'parley.v1.json');
  const id = uuid7FromBytes(Date.now(), randomBytes(10));
  const tell = (frame: object) => socket.send(JSON.stringify(frame));
  return new Promise((resolve) => {
    socket.onopen = () => tell({ type: 'hello', protocol: 1, token });
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as { type: string; id?: string };
      if (frame.type === 'welcome')
        tell({ type: 'message', id, conversation_id: chat, kind: 'delete', targets: [seq] });
      if (frame.type !== 'message' || frame.id !== id) return;
      socket.close();
      resolve();
    };
  });
}

test('[MED8] [MED5] a file is read in whole and in part, after a restart and from a backup, and goes with its message', async () => {
  const folder = await folderOfTest();
  let server = await startServer(folder, open);
  let { url } = server.summary;
  const [ana, ben] = [await signUp(url, 'ana'), await signUp(url, 'ben')];
  const chat = await directChat(url, ana, ben);
  const path = await sendFile(url, ana, chat, bytes);
  assert.deepEqual(await readFile(url, ben, path), { status: 200, bytes });
  assert.deepEqual(await readFile(url, ben, path, 'bytes=1048570-2000000'), {
    status: 206,
    bytes: bytes.subarray(1_048_570, 2_000_001),
  });
  const target = join(await folderOfTest(), 'copy');
  assert.equal((await operate(folder, ['backup', target])).code, 0);
  await server.stop();

  server = await startServer(folder, open);
  ({ url } = server.summary);
  assert.deepEqual(await readFile(url, ben, path), { status: 200, bytes });
  const seq = Number(/messages\/(\d+)/.exec(path)?.[1]);
  await deleteMessage(url, ana, chat, seq);
  assert.equal((await readFile(url, ben, path)).status, 404);
  await server.stop();

  const restored = await operate(folder, ['restore', target]);
  assert.equal(restored.code, 0, restored.stderr);
  goesWithTest((JSON.parse(restored.stdout) as { kept: string }).kept);
  server = await startServer(folder, open);
  ({ url } = server.summary);
  assert.deepEqual(await readFile(url, ben, path), { status: 200, bytes });
  await server.stop();
});
