// A hostile server against a whole client: frames that carry messages, pages of history, lists of what changed, receipts
// and answers, altered by chance, torn, repeated, swapped or lost. Nothing is shown that its author did not say there,
// nothing gets out into the app, nothing hangs, and with an honest server the client goes on.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import type { Client } from '@parley/sdk';
import { altersFrames, frameActs } from './chance-liar.ts';
import { pair, type Resident, reads, say } from './town.ts';

const seed = Number(process.env.PARLEY_TEST_SEED ?? 20_261_128);
const alterations = Number(process.env.PARLEY_TEST_ALTERATIONS ?? 500);
/** So often it is looked whether the client still talks. */
const between = 100;
/** Rounds in which something is altered, at most. */
const maxRounds = 1_000;
/** Who said what, and where. Each text is said once. */
type Said = Map<string, { readonly account: string; readonly conversation: ConversationId }>;

/** Looks at everything that this client shows, for as long as it is open; resolves to what nobody had said. */
function watch(client: Client, said: Said): readonly string[] {
  const wrong: string[] = [];
  const look = (text: string, sender: string, conversation: ConversationId) => {
    const by = said.get(text);
    if (text !== '' && (by?.account !== sender || by.conversation !== conversation))
      wrong.push(`"${text}" by ${sender} in ${conversation}`);
  };
  client.onMessage(({ text, sender, conversation }) => look(text, sender, conversation));
  client.conversations.subscribe(() => {
    for (const { id, last } of client.conversations.snapshot)
      if (last?.type === 'text') look(last.text, last.sender, id);
  });
  return wrong;
}

type Met = Awaited<ReturnType<typeof pair>> & { readonly said: Said; readonly wrong: readonly string[] };

/** Something new is said, and noted before it is. */
function noted({ said, withBen }: Met, by: Resident, text: string): string {
  said.set(text, { account: by.account, conversation: withBen.id });
  return text;
}

/** Everything that makes a server send such frames. */
async function bustle(met: Met, round: number): Promise<void> {
  const { town, ana, ben, withBen, withAna } = met;
  const bens = withAna.send(noted(met, ben, `ben ${round}`)).then((message) => message.placed());
  quietly(bens);
  quietly(withBen.send(noted(met, ana, `ana ${round}`)));
  await town.pass(200);
  const seq = withAna.snapshot.head;
  quietly(withAna.markRead(seq));
  if (round % 3 === 0) quietly(withAna.react(seq, '👍'));
  if (round % 3 === 0) quietly(withBen.markRead(withBen.snapshot.head));
  if (round % 4 === 0) quietly(withAna.edit(seq, noted(met, ben, `ben ${round} again`)));
  if (round % 5 === 0) ana.man.say({ type: 'goaway', reconnect_in_ms: 10 });
  if (round % 7 === 0) await page(met);
  await town.done(Promise.allSettled([bens]));
  await town.pass(300);
  assert.deepEqual(met.wrong, []);
  assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
}

/** A refusal is nobody's surprise. */
function quietly(work: Promise<unknown>): void {
  work.catch(() => {});
}

/** Somebody looks through the chat. */
async function page({ town, withBen, said, wrong }: Met): Promise<void> {
  const timeline = withBen.timeline({ at: 'unread' });
  await town.pass(100);
  quietly(timeline.loadOlder());
  await town.pass(200);
  for (const { text, sender, conversation } of timeline.snapshot.items)
    if (text !== '') assert.deepEqual(said.get(text), { account: sender, conversation }, `it shows "${text}"`);
  assert.deepEqual(wrong, []);
  timeline.close();
}

/** Whatever was done before: with an honest server it talks again, in both directions, and shows all as it was said. */
async function works(met: Met, question: string): Promise<void> {
  const { town, ana, ben, withBen, withAna } = met;
  ana.man.honest();
  ana.man.say({ type: 'goaway', reconnect_in_ms: 10 });
  await town.until(() => ana.client.state.snapshot.phase === 'online', 'it is online');
  await town.done(ana.client.flushed());
  await say(town, withBen, noted(met, ana, question));
  await reads(town, withAna, question);
  await say(town, withAna, noted(met, ben, `${question} yes`));
  await reads(town, withBen, `${question} yes`);
  await page(met);
}

async function alterAll(t: TestContext): Promise<void> {
  const two = await pair(t);
  const { town, ana, ben, withBen } = two;
  const said: Said = new Map();
  said.set('hello', { account: ana.account, conversation: withBen.id });
  said.set('hi', { account: ben.account, conversation: withBen.id });
  const met = { ...two, said, wrong: watch(ana.client, said) };
  const left = frameActs(seed, alterations);
  let round = 0;
  for (let goal = alterations - between; left.length > 0; goal -= between) {
    altersFrames(ana.man, () => left.pop());
    for (; left.length > Math.max(goal, 0); round++) {
      assert.ok(round < maxRounds, `${left.length} are left`);
      await bustle(met, round);
    }
    await works(met, `still there after ${round}?`);
  }
  await town.pass(1_000);
  t.diagnostic(
    `${alterations} altered frames in ${round} rounds from seed ${seed}: ${said.size} texts, none of them elsewhere`,
  );
}

test('[ENC301] five hundred frames with messages, pages, changes and receipts, altered by chance, show nothing false and stop no client', async (t) => {
  try {
    await alterAll(t);
  } catch (cause) {
    throw new Error(`PARLEY_TEST_SEED=${seed} shows it again`, { cause });
  }
});
