// One source file as the tidy checks see it: its text, its syntax tree, what is comment and what is code. Everything
// here and in the checks beside it is a pure function of a path and a text, so each check has a test with a planted
// violation.

import { type Comment, type EcmaScriptModule, type Program, parseSync } from 'oxc-parser';

/** A file of the tree: its path from the top folder, with `/`, and its text. */
export type TextFile = { readonly path: string; readonly text: string };

/** A parsed file of TypeScript or JavaScript. */
export type Source = TextFile & {
  readonly program: Program;
  readonly module: EcmaScriptModule;
  readonly comments: readonly Comment[];
  /** The text with every comment replaced by spaces; line breaks stay. */
  readonly code: string;
};

/** Something that a check does not accept. */
export type Finding = { readonly path: string; readonly line: number; readonly message: string };

/** Parses one file; throws when it is not valid, because a file that cannot be read cannot be judged. */
export function parse({ path, text }: TextFile): Source {
  const { program, module, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  let code = text;
  for (const { start, end } of comments) {
    const blank = text.slice(start, end).replaceAll(/[^\n]/g, ' ');
    code = code.slice(0, start) + blank + code.slice(end);
  }
  return { path, text, program, module, comments, code };
}

/** The line, from 1, of a position in a text. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/** Lines with code on them between two positions: not blank, not only comment. */
export function codeLines(source: Source, start = 0, end = source.code.length): number {
  return source.code
    .slice(start, end)
    .split('\n')
    .filter((line) => line.trim() !== '').length;
}

/** A finding at a position of a source. */
export function finding({ path, text }: TextFile, position: number, message: string): Finding {
  return { path, line: lineAt(text, position), message };
}

/** Findings as lines for a person: `path:line message`. */
export function report(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
}

/** True for tests, contract suites and what only they use: they may be longer and reach further. */
export const isTest = (path: string): boolean =>
  path.startsWith('tests/') || /(\.test|\.contract|[-/]fixture|\/stage|\/sample-[a-z-]+)\.(ts|tsx|mjs)$/.test(path);
