import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError, type ChatErrorCode, type ReportDraft } from '@parley/sdk';
import { createReporting } from './reporting.ts';

const draftOf = (text: string) =>
  ({
    id: `draft of ${text}`,
    account: 'ben',
    messages: [{ id: 'm1', seq: 1, sender: 'ben', storedAt: 1, text }],
  }) as unknown as ReportDraft;

/** A chat whose draft changes, and what was done in it. `once`: the next thing is refused. */
function chat(refusal: { once: ChatErrorCode | null } = { once: null }) {
  const did: string[] = [];
  const here = { text: 'one' };
  const refuse = () => {
    const code = refusal.once;
    refusal.once = null;
    if (code !== null) throw new ChatError(code);
  };
  const conversation = {
    reportDraft: async () => {
      refuse();
      return draftOf(here.text);
    },
    report: async (draft: ReportDraft, options: object = {}) => {
      did.push(`${draft.messages[0]?.text} ${JSON.stringify(options)}`);
      refuse();
      return 'r_1' as never;
    },
    block: async (blocked: boolean) => void did.push(`block ${blocked}`),
  };
  return { reporting: createReporting(conversation), did, here, refusal };
}

test('[REP8] what is shown is sent, with reason and note, then they are blocked, and it is done once', async () => {
  const { reporting, did, here } = chat();
  await reporting.send(true);
  assert.deepEqual(did, [], 'nothing is sent that was not shown');
  await reporting.load();
  here.text = 'two';
  reporting.setReason('abuse');
  reporting.setNote(' look ');
  const sending = reporting.send(true);
  assert.equal(reporting.snapshot.busy, true);
  await reporting.send(false);
  await sending;
  await reporting.send(true);
  assert.deepEqual(did, ['one {"reason":"abuse","note":"look"}', 'block true']);
  assert.deepEqual([reporting.snapshot.done, reporting.snapshot.busy], ['blocked', false]);
});

test('[REP8] reported alone nobody is blocked', async () => {
  const { reporting, did } = chat();
  await reporting.load();
  await reporting.send(false);
  assert.deepEqual(did, ['one {"reason":"spam","note":""}']);
  assert.equal(reporting.snapshot.done, 'reported');
});

test('[REP8] where one of them is gone what is left is shown, and it takes another press to send that', async () => {
  const { reporting, did, here, refusal } = chat();
  await reporting.load();
  here.text = 'what is left';
  refusal.once = 'message.unknown';
  await reporting.send(true);
  assert.deepEqual(did, ['one {"reason":"spam","note":""}'], 'nobody is blocked for what was not sent');
  assert.deepEqual([reporting.snapshot.done, reporting.snapshot.busy], [null, false]);
  assert.notEqual(reporting.snapshot.error, null);
  assert.equal(reporting.snapshot.draft?.messages[0]?.text, 'what is left');
  await reporting.send(true);
  assert.deepEqual(did.slice(1), ['what is left {"reason":"spam","note":""}', 'block true']);
});

test('[REP8] what goes wrong is said; beyond the day it is said that it was enough', async () => {
  const { reporting, refusal } = chat({ once: 'client.unreachable' });
  await reporting.load();
  assert.equal(reporting.snapshot.draft, null);
  assert.notEqual(reporting.snapshot.failed, null);
  await reporting.load();
  assert.equal(reporting.snapshot.failed, null);
  refusal.once = 'rate.limited';
  await reporting.send(true);
  assert.match(reporting.snapshot.error ?? '', /in a day/);
  assert.equal(reporting.snapshot.done, null);
});
