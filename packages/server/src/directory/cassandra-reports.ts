// Reports in Cassandra: all of them are rows of one owner, as they are few, so that each is there with its place in the
// list and counted, or not at all. A place is found by time; what was written stands apart from it.
import type { ReportId } from '@parley/protocol';
import { asBefore, type Owners, padded, type Root } from './cassandra-owners.ts';
import type { Entry, Ref } from './cassandra-slices.ts';
import { type ReportPlace, type ReportRow, type ReportSummary, type Reports, summaryOf } from './reports.ts';

const owner = 'reports';
/** Closed ones that one change removes, as many as a batch should have. */
const forgottenAtOnce = 50;

type State = 'open' | 'closed';
/** How many there are. */
type Counts = Readonly<Record<State, number>>;

export class CassandraReports implements Reports {
  readonly #owners: Owners;

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  add(row: ReportRow, most: number): Promise<'done' | 'again' | 'full'> {
    return this.#owners.change<'done' | 'again' | 'full'>(owner, async (root) => {
      if ((await this.get(row.report)) !== undefined) return { answer: 'again' };
      let counts = countsOf(root);
      const remove: Ref[] = [];
      if (counts.open + counts.closed >= most) {
        const [oldest] = await this.#owners.slices.stretch(owner, 'closed', { limit: 1 });
        if (oldest === undefined) return { answer: 'full' };
        const summary = oldest.value as ReportSummary;
        remove.push(...refsOf(summary));
        counts = { ...counts, closed: counts.closed - 1 };
      }
      const state = stateOf(row);
      const put = entriesOf(row);
      return { answer: 'done', write: { root: { ...counts, [state]: counts[state] + 1 }, put, remove } };
    });
  }

  async get(report: ReportId): Promise<ReportRow | undefined> {
    return (await this.#owners.slices.one(owner, 'report', report)) as ReportRow | undefined;
  }

  async page(state: State, below: ReportPlace | null, limit: number): Promise<readonly ReportSummary[]> {
    const under = below === null ? {} : { below: keyOf(below) };
    const rows = await this.#owners.slices.stretch(owner, state, { ...under, limit, order: 'newest' });
    return rows.map(({ value }) => value as ReportSummary);
  }

  close(report: ReportId, time: number): Promise<boolean> {
    return this.#owners.change(owner, async (root) => {
      const row = await this.get(report);
      if (row?.closedAt !== null) return { answer: row !== undefined };
      const { open, closed } = countsOf(root);
      const put = entriesOf({ ...row, closedAt: time });
      const remove: Ref[] = [['open', keyOf(row)]];
      return { answer: true, write: { root: { open: open - 1, closed: closed + 1 }, put, remove } };
    });
  }

  async countOpen(): Promise<number> {
    return countsOf(await this.#owners.slices.root(owner)).open;
  }

  async forget(before: number): Promise<void> {
    for (let above: string | null = null; ; ) {
      const after: { readonly above?: string } = above === null ? {} : { above };
      const some = await this.#owners.slices.stretch(owner, 'closed', { ...after, limit: forgottenAtOnce });
      const old = some
        .map(({ value }) => value as ReportSummary)
        .filter(({ closedAt }) => (closedAt ?? before) < before);
      if (old.length > 0) await this.#remove(old);
      above = some.at(-1)?.key ?? null;
      if (some.length < forgottenAtOnce || above === null) return;
    }
  }

  #remove(rows: readonly ReportSummary[]): Promise<void> {
    return this.#owners.change<void>(owner, async (root) => {
      const named = await this.#owners.slices.named(
        owner,
        rows.map((row): Ref => ['closed', keyOf(row)]),
      );
      const there = rows.filter((row) => named.has(`closed ${keyOf(row)}`));
      if (there.length === 0) return { answer: undefined };
      const counts = countsOf(root);
      const remove = there.flatMap(refsOf);
      return { answer: undefined, write: { root: { ...counts, closed: counts.closed - there.length }, remove } };
    });
  }
}

function countsOf(root: Root | null): Counts {
  return { open: 0, closed: 0, ...asBefore(root) };
}

function stateOf({ closedAt }: ReportSummary): State {
  return closedAt === null ? 'open' : 'closed';
}

function keyOf({ createdAt, report }: ReportPlace): string {
  return `${padded(createdAt)} ${report}`;
}

function refsOf(row: ReportSummary): readonly Ref[] {
  return [
    ['report', row.report],
    [stateOf(row), keyOf(row)],
  ];
}

function entriesOf(row: ReportRow): readonly Entry[] {
  return [
    { kind: 'report', key: row.report, value: row },
    { kind: stateOf(row), key: keyOf(row), value: summaryOf(row) },
  ];
}
