// A hostile server against a whole client: its answers and frames about keys, altered by chance. Each is refused or
// shown; nothing gets out into the app, nothing hangs, and with honest answers everything works again.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { altersKeys, keyChanges } from './chance-liar.ts';
import { meet, pair, reads, say } from './town.ts';

const seed = Number(process.env.PARLEY_TEST_SEED ?? 20_261_128);
const alterations = Number(process.env.PARLEY_TEST_ALTERATIONS ?? 500);
/** So often it is looked whether the client still talks. */
const between = 100;
/** Rounds in which something is altered, at most. */
const maxRounds = 1_000;

type Met = Awaited<ReturnType<typeof pair>>;

/** Whatever was done before: with honest answers it talks again, in both directions. */
async function works({ town, ana, withBen, withAna }: Met, question: string): Promise<void> {
  ana.man.honest();
  ana.man.say({ type: 'goaway', reconnect_in_ms: 10 });
  await town.until(() => ana.client.state.snapshot.phase === 'online', 'it is online');
  await town.done(ana.client.flushed());
  await say(town, withBen, question);
  await reads(town, withAna, question);
  await say(town, withAna, `${question} yes`);
  await reads(town, withBen, `${question} yes`);
}

/** Everything that makes this client ask and listen. */
async function bustle(
  { town, ana, ben, withBen, withAna }: Met,
  { asked, round, words }: { readonly asked: Promise<unknown>[]; readonly round: number; readonly words: string },
): Promise<void> {
  ana.man.say({ type: 'keys', n: 9 });
  const { encryption } = ana.client;
  // The library waits a second of its own for keys of somebody that were asked for in vain.
  asked.push(encryption.identity(ben.account).catch(() => {}));
  const deeds: Promise<unknown>[] = [encryption.devices()];
  if (round % 5 === 0) deeds.push(withBen.send('hello'), withAna.send('hello'));
  if (round % 20 === 0) deeds.push(encryption.recover(words));
  // A refusal is nobody's surprise; that it never ends would be.
  await town.done(Promise.allSettled(deeds));
  await town.pass(200);
}

async function alterAnswers(t: TestContext): Promise<void> {
  const met = await pair(t);
  const { town, ana } = met;
  const left = keyChanges(seed, alterations);
  const { words } = (await town.done(ana.client.encryption.recoveryKey())) ?? assert.fail();
  const asked: Promise<unknown>[] = [];
  let round = 0;
  for (let goal = alterations - between; left.length > 0; goal -= between) {
    altersKeys(ana.man, () => left.pop());
    const stranger = await town.join(`cleo${round}`);
    // Her keys are altered on their way to Ana, and Ana's answers to them are not.
    const chat = await town.done(stranger.client.createDirect(ana.account));
    await town.done(chat.send('I am new'));
    for (; left.length > Math.max(goal, 0); round++) {
      assert.ok(round < maxRounds, `${left.length} are left`);
      await bustle(met, { asked, round, words: words.join(' ') });
    }
    ana.man.honest();
    await Promise.all(asked);
    await works(met, `still there after ${round}?`);
    await meet(town, ana, await town.join(`dora${round}`));
  }
}

test('[ENC211] five hundred answers and frames about keys, altered by chance, neither end nor stop a client', async (t) => {
  try {
    await alterAnswers(t);
  } catch (cause) {
    throw new Error(`PARLEY_TEST_SEED=${seed} shows it again`, { cause });
  }
});
