// Port of reports to the operator: what somebody chose to show of somebody else. Promise: what was added is on disk,
// bounded in number, and stays when either account is deleted. It is the one thing from sealed chats that is readable here.
import type { AccountId, ConversationId, MessageId, ReportId, ReportReason } from '@parley/protocol';

/** A message as who reports has shown it; all but the text was compared with what the server has. */
export interface ReportedMessage {
  readonly id: MessageId;
  readonly seq: number;
  readonly sender: AccountId;
  readonly time: number;
  readonly text: string;
}

/** A report without what was written. */
export interface ReportSummary {
  readonly report: ReportId;
  readonly createdAt: number;
  /** Null: it is open. */
  readonly closedAt: number | null;
  readonly reporter: AccountId;
  readonly reported: AccountId;
  readonly conversation: ConversationId;
  readonly reason: ReportReason;
}

export interface ReportRow extends ReportSummary {
  readonly note: string;
  readonly messages: readonly ReportedMessage[];
}

/** Where a report stands among those that are open, or closed: the newest come first. */
export type ReportPlace = Pick<ReportSummary, 'createdAt' | 'report'>;

/** Reports by id. */
export interface Reports {
  /**
   * `again`: there is one with this id, and it stays as it is. `full`: `most` are open. Where `most` are kept the oldest
   * closed one goes. [DIR19]
   */
  add(row: ReportRow, most: number): Promise<'done' | 'again' | 'full'>;
  get(report: ReportId): Promise<ReportRow | undefined>;
  /** The newest first, below a place. [DIR19] */
  page(state: 'open' | 'closed', below: ReportPlace | null, limit: number): Promise<readonly ReportSummary[]>;
  /** False: there is none. One that is closed keeps its time. */
  close(report: ReportId, time: number): Promise<boolean>;
  countOpen(): Promise<number>;
  /** Removes what was closed before this time. [DIR19] */
  forget(before: number): Promise<void>;
}

/** The report as it stands in a list. */
export function summaryOf(row: ReportRow): ReportSummary {
  const { note: _, messages: __, ...summary } = row;
  return summary;
}
