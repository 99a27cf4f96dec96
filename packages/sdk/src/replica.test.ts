// What a client keeps goes on being kept, whatever those do who are told of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, Stage, wire } from './client-fixture.ts';
import { seenByHost, settle } from './fixture.ts';
import { MemoryDisk, MemoryStore } from './platform/memory.ts';
import { Replica } from './replica.ts';
import { keys, put } from './rows.ts';

const fact = (since: string) => [put('facts', keys.fact('since'), since)];

/** Two batches, one after the other; resolves to those that were kept by then. */
async function commitTwo(replica: Replica): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const since of ['s1', 's2']) {
    replica.commit(fact(since)).then(
      () => kept.push(since),
      () => {},
    );
    await settle();
  }
  return kept;
}

test('[LOC75] one who hears of what was kept and throws stops neither the others nor what is kept later', async (t) => {
  const seen = seenByHost(t);
  const disk = new MemoryDisk();
  const [replica, neighbour] = [1, 2].map(() => new Replica(new MemoryStore(disk), disk.hub.member()));
  assert.ok(replica && neighbour);
  const heard: string[] = [];
  const bug = new Error('a bug of ours');
  for (const each of [replica, neighbour]) {
    each.onBatch(() => {
      throw bug;
    });
    each.onHint(() => {
      throw bug;
    });
    each.onWant(() => {
      throw bug;
    });
    const name = each === replica ? 'here' : 'there';
    each.onBatch(() => heard.push(`${name}: kept`));
    each.onHint(() => heard.push(`${name}: hint`));
    each.onWant(() => heard.push(`${name}: want`));
  }
  const kept = await commitTwo(replica);
  replica.hint({ hint: 'cleared' });
  replica.want({ want: 'standing' });
  await settle();
  assert.deepEqual(kept, ['s1', 's2']);
  const expected = ['kept', 'kept', 'hint'].flatMap((what) => [`here: ${what}`, `there: ${what}`]);
  assert.deepEqual(heard.toSorted(), [...expected, 'there: want'].toSorted());
  assert.equal(neighbour.tables.fact('since'), 's2');
  assert.ok(seen.length === 7 && seen.every((error) => error === bug), String(seen));
  let isClosed = false;
  const closing = replica.close().then(() => {
    isClosed = true;
  });
  await settle();
  assert.ok(isClosed, 'it ends, too');
  await closing;
  await neighbour.close();
});

test('[LOC75] neighbours that cannot be told, and tables that break, stop nothing that is kept', async (t) => {
  const seen = seenByHost(t);
  const disk = new MemoryDisk();
  const bug = new Error('it is broken');
  const member = disk.hub.member();
  member.post = () => {
    throw bug;
  };
  const replica = new Replica(new MemoryStore(disk), member);
  replica.tables.apply = () => {
    throw bug;
  };
  const kept = await commitTwo(replica);
  assert.deepEqual(
    [kept, seen],
    [
      ['s1', 's2'],
      [bug, bug, bug, bug],
    ],
  );
  await replica.close();
});

test('[LOC75] a socket that throws once stops nothing that is sent later', async (t) => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const seen = seenByHost(t);
  const { socket } = stage;
  const send = socket.send.bind(socket);
  const bug = new Error('a bug of the host');
  socket.send = () => {
    socket.send = send;
    throw bug;
  };
  await stage.conversation().send('one');
  await settle();
  assert.deepEqual([stage.outgoing.length, seen], [0, [bug]]);
  await stage.conversation().send('two');
  await settle();
  assert.deepEqual(
    stage.outgoing.map(({ content }) => content),
    ['one', 'two'],
  );
  await stage.close();
});
