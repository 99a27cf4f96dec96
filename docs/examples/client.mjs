// A client of one room without the SDK: `fetch`, `WebSocket` and a file. Lines that are typed are said, lines that come
// are printed. It may be killed, and the server too, at any moment: nothing is lost, and nothing is said twice.
//   node client.mjs http://localhost:8420 dora 'a demo, not a secret' Garden
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [server, handle, password, title, file = `${handle}.json`] = process.argv.slice(2);
/** With these codes a server says that coming back is of no use. */
const final = new Set([1003, 1008, 4000, 4401, 4409]);
/** The server takes 64 messages that it has not answered. */
const maxUnanswered = 32;
const kept = keptState();
let socket;
let failures = 0;
let asked = 0;
let counter;
const unanswered = new Set();
/** After a refusal that passes: nothing goes before this time, nor before everything on its way is answered. */
let resumeAt = 0;

const heard = {
  welcome() {
    failures = 0;
    counter = undefined;
    unanswered.clear();
    // Whatever `since` says: this program may have ended between keeping it and fetching the rest.
    fetchMore();
    sayWhatWaits();
  },
  // What changed, in pages. `since` stands for everything up to here.
  changes({ items, has_more, since }) {
    const room = items.find(({ conversation_id: id }) => id === kept.room);
    if (room !== undefined && room.head > kept.seq) fetchMore();
    keep({ since });
    if (has_more) up({ type: 'sync', ref: `${++asked}`, since });
  },
  // A part of the history: it says from where to where it goes, whatever is in it.
  messages({ items, from_seq, to_seq, has_more }) {
    if (from_seq > kept.seq + 1) return;
    for (const item of items) if (item.seq > kept.seq) show(item);
    keep({ seq: Math.max(kept.seq, to_seq) });
    if (has_more) fetchMore();
    else received();
  },
  message(item) {
    if (item.conversation_id !== kept.room || item.seq <= kept.seq) return;
    if (item.seq > kept.seq + 1) return fetchMore();
    show(item);
    keep({ seq: item.seq });
    received();
  },
  sent: ({ id }) => over(id, '✓'),
  rejected: ({ id, code }) => over(id, code),
  error({ id, code, advice, retry_after_ms: pause = 1_000 }) {
    if (id === undefined) console.error(`! ${code}`);
    else if (advice === 'retry' || advice === 'wait') sayLater(id, pause);
    else over(id, code);
  },
  // Another counter than the last time: something was missed.
  heartbeat({ change }) {
    up({ type: 'heartbeat' });
    if (change !== counter) up({ type: 'sync', ref: `${++asked}`, since: kept.since });
    counter = change;
  },
  goaway: ({ reconnect_in_ms: pause }) => setTimeout(() => socket.close(), pause),
};

await enter();
connect();
createInterface({ input: process.stdin }).on('line', (content) => {
  // On the disk before it is on its way; the id is what makes a second time harmless.
  keep({ waiting: [...kept.waiting, { id: uuid7(), content }] });
  sayWhatWaits();
});

function connect() {
  socket = new WebSocket(`${server.replace('http', 'ws')}/v1/ws`, 'parley.v1.json');
  socket.onopen = () => up({ type: 'hello', protocol: 1, token: kept.token, since: kept.since, client: 'example/1' });
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    heard[frame.type]?.(frame);
  };
  socket.onclose = ({ code, reason }) => {
    if (final.has(code)) throw new Error(`${code} ${reason}`);
    const ceiling = Math.min(8_000, 1_000 * 2 ** failures++);
    setTimeout(connect, 500 + Math.random() * ceiling);
  };
}

function up(frame) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function fetchMore() {
  up({ type: 'sync', ref: `${++asked}`, conversation_id: kept.room, after: kept.seq, limit: 200 });
}

function received() {
  if (kept.seq > 0) up({ type: 'received', conversation_id: kept.room, seq: kept.seq });
}

/** In the order in which they were written, a few at a time. */
function sayWhatWaits() {
  if (Date.now() < resumeAt || (resumeAt > 0 && unanswered.size > 0)) return;
  resumeAt = 0;
  for (const { id, content } of kept.waiting) {
    if (unanswered.size >= maxUnanswered || socket?.readyState !== WebSocket.OPEN) return;
    if (unanswered.has(id)) continue;
    unanswered.add(id);
    up({ type: 'message', conversation_id: kept.room, id, content });
  }
}

/** Later ones must not overtake it: they wait, too. */
function sayLater(id, pause) {
  unanswered.delete(id);
  resumeAt = Math.max(resumeAt, Date.now() + pause);
  setTimeout(sayWhatWaits, pause + 10);
}

function over(id, outcome) {
  unanswered.delete(id);
  if (!kept.waiting.some((each) => each.id === id)) return;
  const { content } = kept.waiting.find((each) => each.id === id);
  keep({ waiting: kept.waiting.filter((each) => each.id !== id) });
  console.log(`${outcome} ${content}`);
  sayWhatWaits();
}

function show({ kind, seq, sender, content, format, deleted_by: gone }) {
  if (kind !== 'content' || gone !== undefined) return;
  const text = format === 'body' ? JSON.parse(content).text : content;
  console.log(`${seq} ${sender === kept.account ? handle : sender}: ${text}`);
}

/** Signs up, or in, the first time; finds the room or makes it; goes in. */
async function enter() {
  if (kept.token === undefined) {
    const who = { handle, password, device_name: 'example' };
    const session = await call('POST', '/accounts', { ...who, name: handle }).catch((error) => {
      if (error.code === 'handle.taken') return call('POST', '/sessions', who);
      throw error;
    });
    keep({ token: session.token, account: session.me.account });
  }
  if (kept.room !== undefined) return;
  const { items } = await call('GET', '/rooms');
  const found = items.find((room) => room.title === title);
  const room = found ?? (await call('POST', '/conversations', { kind: 'room', id: uuid7(), title, access: 'open' }));
  await call('POST', `/conversations/${room.conversation_id}/join`).catch((error) => {
    if (error.code !== 'members.conflict') throw error;
  });
  keep({ room: room.conversation_id });
}

async function call(method, path, body) {
  const headers = { ...(kept.token && { authorization: `Bearer ${kept.token}` }) };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(`${server}/v1${path}`, { method, headers, body: JSON.stringify(body) });
  const value = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(value.code), value);
  return value;
}

/** Whole or not at all: a file of another name takes the place of the old one. */
function keep(changes) {
  Object.assign(kept, changes);
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function keptState() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return { seq: 0, waiting: [] };
  }
}

/** An id that sorts by time: 48 bits of milliseconds, then chance. */
function uuid7() {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
