// Answers to keyed calls in the directory's file: their table, what is read and what is written. The writes run inside
// a savepoint of the writer's transaction.
import type { AnswerBounds, AnswerRow } from './answers.ts';
import type { SqliteFile } from './sqlite-file.ts';

/** From version 3 of the file to version 4. */
export const answersTable = `
  CREATE TABLE answers (
    turn INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, caller TEXT NOT NULL, sealed TEXT NOT NULL,
    until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX answers_by_caller ON answers (caller, turn);
  CREATE INDEX answers_by_end ON answers (until);
`;

export function answerOf(file: SqliteFile, id: string, time: number): AnswerRow | undefined {
  const row = file.get<AnswerRow>(`SELECT id, caller, sealed, until FROM answers WHERE id = ? AND until > ?`, id, time);
  return row && { ...row };
}

export function keepAnswer(file: SqliteFile, row: AnswerRow, time: number, most: AnswerBounds): void {
  const { id, caller, sealed, until } = row;
  file.run(`DELETE FROM answers WHERE until <= ? OR id = ?`, time, id);
  file.run(`INSERT INTO answers (id, caller, sealed, until) VALUES (?, ?, ?, ?)`, id, caller, sealed, until);
  const beyond = (where: string) =>
    `DELETE FROM answers WHERE turn IN (SELECT turn FROM answers ${where} ORDER BY turn DESC LIMIT -1 OFFSET ?)`;
  file.run(beyond('WHERE caller = ?'), caller, most.ofCaller);
  file.run(beyond(''), most.ofAll);
}

/** Nothing of an account that is erased. */
export function dropAnswers(file: SqliteFile, caller: string): void {
  file.run(`DELETE FROM answers WHERE caller = ?`, caller);
}
