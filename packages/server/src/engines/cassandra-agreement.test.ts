import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agree, type Nodes } from './cassandra-agreement.ts';

/** Nodes that say this one look after the other; the last is said for ever. */
function nodes(said: readonly (readonly string[] | Error)[], heard: readonly boolean[] = [false]): Nodes {
  let looks = 0;
  return {
    async versions() {
      const now = said[Math.min(looks, said.length - 1)] ?? [];
      if (now instanceof Error) throw now;
      return now;
    },
    heard: async () => heard[Math.min(looks++, heard.length - 1)] === true,
  };
}

test('[STR23] a change of tables is over when every node says that it has it, whatever they heard of each other', async () => {
  const asked: string[] = [];
  const late = nodes([
    ['a', 'b', 'b'],
    ['b', 'a', 'b'],
    ['b', 'b', 'b'],
  ]);
  const watched: Nodes = {
    ...late,
    versions: async () => {
      const said = await late.versions();
      asked.push(said.join(''));
      return said;
    },
  };
  assert.equal(await agree(watched), true);
  assert.deepEqual(asked, ['abb', 'bab', 'bbb'], 'and not before');
});

test('[STR23] where a node cannot be asked it is what the others have heard of it that counts', async () => {
  assert.equal(await agree(nodes([new Error('another data centre')], [false, true])), true);
  assert.equal(await agree(nodes([new Error('it is dead')]), 0), false);
  assert.equal(await agree(nodes([['a', 'b']]), 0), false);
  assert.equal(await agree(nodes([[]]), 0), false, 'nobody was asked');
});
