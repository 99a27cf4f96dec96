// Accounts, moved: each with its devices, tokens, public keys, vault, invitations and what points to them; then how many
// handles there are, what was begun and is not done, answers to calls that may come again, and reports to the operator.

import { foundOf } from '../directory/cassandra-dues.ts';
import {
  accountOwner,
  claimOwner,
  deviceOwner,
  handlePointer,
  handlesOwner,
  secretPointer,
  tokenPointer,
  wholeOwner,
} from '../directory/cassandra-names.ts';
import type { Directory } from '../directory/directory.ts';
import type { ReportPlace, ReportSummary } from '../directory/reports.ts';
import { directoryAtOnce, movePageAccounts } from '../kernel/engine-limits.ts';
import { maxKeptAnswers, maxKeptAnswersPerCaller, maxRangeRows, maxReports } from '../kernel/limits.ts';
import type { DirectoryMove } from './directory-parts.ts';
import { accountEntries, devicesOf } from './directory-rows.ts';
import type { WholeAccount } from './directory-source.ts';
import { eachOf } from './each-of.ts';
import { movedVersion } from './owned-rows.ts';
import { type Step, textOf } from './step.ts';

export function accountSteps(move: DirectoryMove): readonly Step[] {
  return [accounts(move), handles(move), intents(move), answers(move), reports(move)];
}

function accounts(move: DirectoryMove): Step {
  const { source, from, to, slices } = move;
  return {
    name: 'accounts',
    count: () => source.count('accounts'),
    async *copy(after) {
      for await (const page of pages(source, String(after?.[0] ?? ''))) {
        await eachOf(page, directoryAtOnce, (whole) => put(move, whole));
        yield { rows: page.length, at: [page.at(-1)?.row.account ?? ''] };
      }
    },
    async *compare() {
      for await (const page of pages(source, '')) {
        const claims = page.map(({ claim, row }) => textOf({ claim, account: row.account }));
        const held = await eachOf(page, directoryAtOnce, async ({ claim }) => {
          const root = await slices.root(claimOwner(claim));
          return textOf({ claim, account: (root?.value as { account?: string } | undefined)?.account });
        });
        const seen = (directory: Directory) => eachOf(page, directoryAtOnce, (whole) => view(directory, whole));
        yield { rows: page.length, from: [...claims, ...(await seen(from))], to: [...held, ...(await seen(to))] };
      }
    },
  };
}

async function* pages(source: DirectoryMove['source'], after: string): AsyncIterable<readonly WholeAccount[]> {
  for (let page = source.accounts(after); page.length > 0; page = source.accounts(page.at(-1)?.row.account ?? ''))
    yield page;
}

/** What points to it comes first: it says nothing alone. */
async function put({ owned, shelves }: DirectoryMove, whole: WholeAccount): Promise<void> {
  const { row, claim, devices, invites } = whole;
  const { account, handle } = row;
  const owner = accountOwner(account);
  for (const { device, tokens } of devices)
    for (const { hash } of tokens) await shelves.point(tokenPointer(hash), `${account} ${device}`);
  for (const { invite, secretHash } of invites) await shelves.point(secretPointer(secretHash), `${owner}/${invite}`);
  for (const device of devicesOf(whole)) await owned.put(deviceOwner(device), { account });
  await owned.put(claimOwner(claim), { state: 'held', account });
  await owned.put(owner, row, accountEntries(whole));
  if (handle === '') return;
  await shelves.point(handlePointer(handle), account);
  await shelves.move(account, [], foundOf(row), movedVersion);
  await owned.put(handlesOwner(handle), null, [{ kind: 'handle', key: handle, value: account }]);
}

/** Everything of an account that the ports tell. */
async function view({ accounts, devices, tokens, keys, vault, dehydrated, invites }: Directory, whole: WholeAccount) {
  const { account, handle } = whole.row;
  const hashes = whole.devices.flatMap((device) => device.tokens.map(({ hash }) => hash));
  return textOf({
    row: await accounts.get([account]),
    byHandle: handle === '' ? null : ((await accounts.byHandle(handle))?.account ?? null),
    devices: await devices.list(account),
    bearers: await eachOf(hashes, 4, async (hash) => (await tokens.get(hash)) ?? null),
    keys: await keys.devices([account]),
    identity: await keys.identities([account]),
    vault: (await vault.all(account)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    dehydrated: (await dehydrated.get(account)) ?? null,
    invites: await eachOf(whole.invites, 4, async ({ secretHash }) => (await invites.bySecret(secretHash)) ?? null),
    isRevoked: await eachOf(whole.changes, 4, async ({ n }) => [
      await keys.revokedAfter([account], n - 1),
      await keys.revokedAfter([account], n),
    ]),
  });
}

/** How many there are, for those who ask how many people there are. And what the last restore said. */
function handles({ source, from, to, owned }: DirectoryMove): Step {
  return {
    name: 'counts of people',
    count: () => 1,
    async *copy() {
      for (const { first, count } of source.handles()) await owned.put(handlesOwner(first), { count });
      const epoch = source.epoch();
      if (epoch > 0) await owned.put(wholeOwner, { epoch, noted: null });
      yield { rows: 1, at: [] };
    },
    async *compare() {
      yield { rows: 1, from: [textOf(await from.people.counts())], to: [textOf(await to.people.counts())] };
    },
  };
}

function intents({ source, from, to, shelves }: DirectoryMove): Step {
  return {
    name: 'open intents',
    count: () => source.count('intents'),
    async *copy() {
      const open = source.intents(maxRangeRows);
      for (const intent of open) await shelves.addIntent(intent, movedVersion);
      yield { rows: open.length, at: [] };
    },
    async *compare() {
      const open = async ({ intents }: Directory) => (await intents.open(maxRangeRows)).map(textOf);
      const here = await open(from);
      yield { rows: here.length, from: here, to: await open(to) };
    },
  };
}

/** Those that are over meanwhile are on neither side. */
function answers({ source, to, now }: DirectoryMove): Step {
  const most = { ofCaller: maxKeptAnswersPerCaller, ofAll: maxKeptAnswers };
  const pages = function* (after: number) {
    for (let page = source.answers(after); page.length > 0; page = source.answers(page.at(-1)?.turn ?? 0)) yield page;
  };
  return {
    name: 'answers to calls',
    count: () => source.count('answers'),
    fades: true,
    async *copy(after) {
      for (const page of pages(Number(after?.[0] ?? 0))) {
        for (const { row } of page) if (row.until > now()) await to.answers.keep(row, now(), most);
        yield { rows: page.length, at: [page.at(-1)?.turn ?? 0] };
      }
    },
    async *compare() {
      for (const page of pages(0)) {
        const there = await eachOf(page, directoryAtOnce, ({ row }) => to.answers.get(row.id, 0));
        const time = now();
        const live = page.map(({ row }, i) => ({ row, found: there[i] ?? null })).filter(({ row }) => row.until > time);
        yield {
          rows: live.length,
          from: live.map(({ row }) => textOf(row)),
          to: live.map(({ found }) => textOf(found)),
        };
      }
    },
  };
}

/** By the ports on both sides: each is whole or not there, and the same again changes nothing. */
function reports({ source, from, to }: DirectoryMove): Step {
  const pages = async function* () {
    for (const state of ['open', 'closed'] as const)
      for (let below: ReportPlace | null = null; ; ) {
        const page: readonly ReportSummary[] = await from.reports.page(state, below, movePageAccounts);
        if (page.length > 0) yield page;
        below = page.at(-1) ?? null;
        if (page.length < movePageAccounts) break;
      }
  };
  return {
    name: 'reports',
    count: () => source.count('reports'),
    async *copy() {
      for await (const page of pages()) {
        for (const { report } of page) {
          const row = await from.reports.get(report);
          if (row !== undefined) await to.reports.add(row, maxReports);
        }
        yield { rows: page.length, at: [] };
      }
    },
    async *compare() {
      for await (const page of pages()) {
        const seen = async ({ reports }: Directory) =>
          (await eachOf(page, directoryAtOnce, ({ report }) => reports.get(report))).map((row) => textOf(row ?? null));
        yield { rows: page.length, from: await seen(from), to: await seen(to) };
      }
      const open = async ({ reports }: Directory) => textOf(await reports.countOpen());
      yield { rows: 0, from: [await open(from)], to: [await open(to)] };
    },
  };
}
