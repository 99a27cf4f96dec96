// What comes out of a run: a table for people, each row of the goals with what is reached of it and the peers of the
// same run below it; one object for machines; and what could not be run.
import { goalOf, type Measure, placeOf, ratio, shareOfGoal } from './measure.ts';

/** What could not be run, and why. */
export interface NotRun {
  readonly name: string;
  readonly why: string;
}

const head = ['row', 'measure', 'value', 'CPU us', 'goal', 'of goal', 'Parley is'];

/** Lines of the table, headings first. */
export function tableOf(measures: readonly Measure[]): readonly string[] {
  const rows = [head, ...measures.map((each) => cells(each, measures))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number) => column < 2;
  return rows.map((row) =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** The same for machines: one object. */
export function jsonOf(measures: readonly Measure[], missing: readonly NotRun[]): string {
  const given = measures.map(({ id, name, value, unit, goal, cpu_us }) => ({ id, name, value, unit, goal, cpu_us }));
  return JSON.stringify({ measures: given, not_run: missing });
}

/** Lines that name what is missing from the table. */
export function notRunLines(missing: readonly NotRun[]): readonly string[] {
  return missing.map(({ name, why }) => `not run: ${name}: ${why}`);
}

function cells(each: Measure, all: readonly Measure[]): readonly string[] {
  const { id, name, value, unit, goal, cpu_us } = each;
  const share = shareOfGoal(each);
  const { row, peer } = placeOf(each);
  const parley = peer === null ? undefined : all.find((other) => other.id === row);
  const sign = goalOf(id)?.better === 'less' ? '≤ ' : '≥ ';
  return [
    peer === null ? id : '',
    peer === null ? name : `  · ${name}`,
    `${words(value)} ${unit}`,
    cpu_us === null ? '' : words(cpu_us),
    goal === null ? '' : sign + words(goal),
    share === null ? '' : `${Math.round(share * 100)} %`,
    parley === undefined ? '' : `${words(Number(ratio(parley, each).toPrecision(2)))} x`,
  ];
}

function words(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
