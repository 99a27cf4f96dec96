// What is measured and what is wanted: one row for every line of the goals, with the same id. Pure. It must never
// judge by anything but the figures of one run.

/** One row of the goals. `half` of a goal is what the first release is held to. */
export interface Goal {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly goal: number;
  readonly better: 'more' | 'less';
  /** Most server CPU for one of them, in microseconds. */
  readonly cpuGoal: number | null;
}

/** A figure. Peers have no goal; what was not asked for its CPU has none. */
export interface Measure {
  readonly id: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: number | null;
  readonly cpu_us: number | null;
}

const more = (id: string, name: string, unit: string, goal: number, cpuGoal: number | null = null): Goal => ({
  id,
  name,
  unit,
  goal,
  better: 'more',
  cpuGoal,
});
const less = (id: string, name: string, unit: string, goal: number): Goal => ({
  id,
  name,
  unit,
  goal,
  better: 'less',
  cpuGoal: null,
});

export const goals = [
  more('1a', 'durable 1:1, burst, 200 connections x 8', 'msg/s', 60_000, 16),
  more('1b', 'the same with the store keeping up', 'msg/s', 40_000, 28),
  more('2', 'the same, 4,000 connections x 2', 'msg/s', 30_000, 35),
  more('3', 'the same as 1a with delivered and read receipts', 'msg/s', 25_000),
  less('4', 'latency at 8,000 msg/s, 1,000 connections, p50', 'ms', 2),
  less('4-p99', 'latency at 8,000 msg/s, 1,000 connections, p99', 'ms', 10),
  less('4-slow', 'latency at 500 msg/s, p50', 'ms', 4),
  less('5', 'memory of an idle connection', 'KB', 10),
  less('6', '10,000 messages after being away, to the last one', 'ms', 150),
  more('7', 'group of 1,000', 'deliveries/s', 150_000, 7),
  more('8', 'store alone, rows with their id table', 'rows/s', 60_000),
  more('8-pages', 'store alone, pages of the last 50', 'pages/s', 4_000),
  more('8-log', 'log alone, 256 at a time', 'appends/s', 150_000),
  less('9', 'CPU of a message at 500 msg/s on engines, of one on one node', 'x', 1.6),
  less('9-busy', 'the same at 1,500 msg/s', 'x', 1.6),
  less('9-memory', 'CPU of a crossing message over memory, of one on one node', 'x', 1.6),
  more('9-rate', 'durable and stored, every message crossing gateways', 'msg/s', 580),
  more('9-store', 'store alone on Cassandra, 1,000 conversations', 'msg/s', 580),
  less('9-p50', 'latency at 500 msg/s across gateways, p50', 'ms', 40),
  less('9-p99', 'latency at 500 msg/s across gateways, p99', 'ms', 200),
  more('10', 'reconnect storm, authenticated and caught up', 'connects/s', 3_000, 350),
  more('11', 'one device seals, its keys durable, 16 chats of two', 'msg/s', 1_000),
  more('11-client', 'one warm client seals and sends over a server, one chat', 'msg/s', 1_000),
  more('12', 'one device opens what was sealed, durable', 'msg/s', 800),
  less('13', 'first message to 100 new accounts', 'ms', 1_000),
  less('13-900', 'first message to 900 new accounts', 'ms', 6_000),
  less('14', 'new key after a removal, 1,000 accounts', 'ms', 2_500),
  less('15', '2,000 sessions imported from the backup', 'ms', 1_000),
  less('16', 'sign-up to the first sealed message sent', 'ms', 3_000),
  less('17', 'server CPU of a sealed message, of a plain one', 'x', 1.1),
  more('18', 'Chromium: one device seals, one chat', 'msg/s', 250),
  more('18-open', 'Chromium: one device opens what was sealed', 'msg/s', 200),
  less('18-import', 'Chromium: 2,000 sessions imported from the backup', 'ms', 1_000),
  less('19', 'Chromium: sign-in with the recovery key to the list', 'ms', 2_000),
  less('19-page', 'Chromium: newest page of a chat there', 'ms', 1_000),
  less('20', 'member list of 1,000 signed entries on a new device', 'ms', 2_000),
] as const;

export type GoalId = (typeof goals)[number]['id'];

/** The row of the goals with this id. */
export function goalOf(id: string): Goal | undefined {
  return goals.find((goal) => goal.id === id);
}

/** A figure of our own. */
export function measure(id: GoalId, value: number, cpuUs: number | null = null): Measure {
  const { name, unit, goal } = goalOf(id) as Goal;
  return { id, name, value: rounded(value), unit, goal, cpu_us: cpuUs === null ? null : rounded(cpuUs) };
}

/** A figure of a peer beside the row with this id; its own id is `ROW:PEER`. */
export function peerMeasure(
  id: GoalId,
  peer: { readonly name: string; readonly title: string },
  value: number,
  cpuUs: number | null = null,
): Measure {
  return { ...measure(id, value, cpuUs), id: `${id}:${peer.name}`, name: peer.title, goal: null };
}

/** The row of the goals that a figure belongs to, and whose it is: null is Parley's. */
export function placeOf({ id }: Measure): { readonly row: string; readonly peer: string | null } {
  const [row = id, peer = null] = id.split(':');
  return { row, peer };
}

/** How much of the goal is reached: 1 is all of it. Null for peers. */
export function shareOfGoal({ id, value }: Measure): number | null {
  const goal = goalOf(id);
  if (goal === undefined || value <= 0) return null;
  return goal.better === 'more' ? value / goal.goal : goal.goal / value;
}

/** How many times as good as the peer, both measured in one run. */
export function ratio(own: Measure, peer: Measure): number {
  const isLess = goalOf(own.id)?.better === 'less';
  return isLess ? peer.value / own.value : own.value / peer.value;
}

/** The middle of the rounds: of an even number of them the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no round has a middle');
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)] as number;
  const low = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  return (low + high) / 2;
}

/** Three figures that count; more would claim what no run on a shared machine can hold. */
export function rounded(value: number): number {
  return Number(value.toPrecision(value >= 1_000 ? 4 : 3));
}

/** The rounds of each measure as one, with the middle of their values; by row, peers behind what they stand beside. */
export function middleOf(rounds: readonly Measure[]): readonly Measure[] {
  const rowNumber = (each: Measure) => {
    const { row, peer } = placeOf(each);
    return goals.findIndex(({ id }) => id === row) + (peer === null ? 0 : 0.5);
  };
  const byId = Map.groupBy(
    rounds.toSorted((one, other) => rowNumber(one) - rowNumber(other)),
    ({ id }) => id,
  );
  return [...byId.values()].map((same) => {
    const cpu = same.flatMap(({ cpu_us }) => (cpu_us === null ? [] : [cpu_us]));
    return {
      ...(same[0] as Measure),
      value: rounded(median(same.map(({ value }) => value))),
      cpu_us: cpu.length === 0 ? null : rounded(median(cpu)),
    };
  });
}
