// The worked example of the document is what comes out here: a stranger who gets the same bytes signs what we check.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  canonicalJson,
  type DeviceId,
  entryActions,
  entryText,
  linkSignUpText,
  type MessageId,
  type SignedEntry,
} from '@parley/protocol';
import { entryHash, groupOf, linkId } from '../sequencer/entry-hash.ts';
import { accountOf } from '../sequencer/stage.ts';
import { firstEntry, keyPair, newestOf, signedEntry } from './entry-fixture.ts';

const document = readFileSync(new URL('../../../../docs/protocol/membership.md', import.meta.url), 'utf8');
const [, example = ''] = document.split('## Worked example');
const blocks = example.split('\n').flatMap((line) => (line.startsWith('    ') ? [line.slice(4)] : []));

test('[MEM14] what is signed is documented, with an example that comes out byte by byte', () => {
  const device = 'd_AAAAAAAAAAAAAAAAAAAAAQ' as DeviceId;
  const [deviceKey, master, noor, link] = [keyPair(1), keyPair(2), keyPair(3), keyPair(4)];
  const lin = { account: accountOf(1), device, deviceKey, master };
  const first = firstEntry(lin, {
    id: '019ac9b0-0000-7000-8000-000000000001' as MessageId,
    members: [{ account: accountOf(2), key: noor.key }],
    invited: [],
  });
  const group = groupOf(first.entry);
  const made = { action: 'link', link_key: link.key, expires_at: 1_795_600_000_000, uses: 10 } as const;
  const second = signedEntry(lin, newestOf(group, first), made);
  const shown = ({ entry, signatures }: SignedEntry, id: string) => [
    canonicalJson(entry),
    entryHash(entry),
    id,
    signatures?.device,
    signatures?.master,
  ];
  assert.deepEqual(blocks, [
    ...[deviceKey, master, noor, link].map(({ key }) => key),
    ...shown(first, group),
    ...shown(second, linkId(link.key)),
    link.sign(linkSignUpText({ conversation_id: group, key: link.key }, 'mira')),
  ]);
  assert.equal(entryText(first.entry), `parley.membership.v1\0${canonicalJson(first.entry)}`);
});

test('[MEM14] every action is in the document', () => {
  const missing = entryActions.filter((action) => !document.includes(`\`${action}\``));
  assert.deepEqual(missing, []);
});
