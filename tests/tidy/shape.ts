// The shape of a file: how it opens, how long it and its functions are, what it exports, what it is called.

import { Visitor } from 'oxc-parser';
import { codeLines, type Finding, finding, isTest, type Source } from './source.ts';

/** Lines with code. */
const longestFile = 300;
const longestFunction = 70;

/** What a header says at least. Characters. */
const shortestHeader = 40;

/** Names that say nothing about what is inside. */
const emptyNames = /(^|-)(utils?|helpers?|common|types?|misc|interfaces?|manager|shared)$/;

const wellNamed =
  /^[a-z0-9]+(-[a-z0-9]+)*(\.(process|browser|engine|browser\.engine))?(\.(test|contract|config|d))?\.(ts|tsx|mjs)$/;

/** Every file opens with a comment that says its place, what it promises and what it never does. */
export function checkHeader(source: Source): readonly Finding[] {
  if (isTest(source.path)) return [];
  const firstCode = source.code.replace(/^#!.*/, (line) => ' '.repeat(line.length)).search(/\S/);
  const header = source.comments.filter(({ end }) => firstCode < 0 || end <= firstCode).map(({ value }) => value);
  const said = header
    .join(' ')
    .replaceAll(/[\s*]+/g, ' ')
    .trim();
  return said.length >= shortestHeader ? [] : [finding(source, 0, 'opens without a comment on what it is for')];
}

/** What a comment says of a thing stands right above it: above another such comment it speaks of nothing, or of the wrong thing. */
export function checkComments(source: Source): readonly Finding[] {
  return source.comments.flatMap(({ value, start, end }, at, all) => {
    const next = all[at + 1];
    const isDoubled =
      value.startsWith('*') && next?.value.startsWith('*') && !/\S/.test(source.text.slice(end, next.start));
    return isDoubled ? [finding(source, start, 'a comment on nothing: another one follows')] : [];
  });
}

/** No file is longer than one can keep in mind. */
export function checkFileLength(source: Source): readonly Finding[] {
  const lines = codeLines(source);
  return lines <= longestFile ? [] : [finding(source, 0, `${lines} lines of code; at most ${longestFile}`)];
}

/** What a function says itself is no longer than a screen: functions inside it are measured for themselves, as methods are. */
export function checkFunctionLength(source: Source): readonly Finding[] {
  return functionsOf(source).flatMap((each, _at, all) => {
    const lines = ownLines(source, each, all);
    if (lines <= longestFunction) return [];
    return [finding(source, each.start, `a function of ${lines} lines; at most ${longestFunction}`)];
  });
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

function functionsOf(source: Source): readonly Stretch[] {
  const found: Stretch[] = [];
  const note = ({ start, end }: Stretch): number => found.push({ start, end });
  new Visitor({ FunctionDeclaration: note, FunctionExpression: note, ArrowFunctionExpression: note }).visit(
    source.program,
  );
  return found;
}

/** Lines of a function without the insides of those in it, whose first and last lines stay. */
function ownLines(source: Source, outer: Stretch, all: readonly Stretch[]): number {
  const isInside = (inner: Stretch, of: Stretch) => inner !== of && inner.start >= of.start && inner.end <= of.end;
  const inside = all.filter((each) => isInside(each, outer));
  const direct = inside.filter((each) => !inside.some((between) => isInside(each, between)));
  const theirs = direct.map((each) => Math.max(0, codeLines(source, each.start, each.end) - 2));
  return codeLines(source, outer.start, outer.end) - theirs.reduce((sum, lines) => sum + lines, 0);
}

/** Things are exported by name, except where a tool wants a default; only a package's index passes things on. */
export function checkExports(source: Source): readonly Finding[] {
  const findings: Finding[] = [];
  const entries = source.module.staticExports.flatMap((each) => each.entries);
  for (const { start, exportName, importName, moduleRequest } of entries) {
    if (exportName.kind === 'Default' && !source.path.endsWith('.config.ts')) {
      findings.push(finding(source, start, 'a default export; name it'));
    }
    const isIndex = /^packages\/[a-z]+\/src\/index\.ts$/.test(source.path);
    if (importName.kind.startsWith('All') && moduleRequest !== null && !isIndex) {
      findings.push(finding(source, start, 'passes on another file; import that one'));
    }
  }
  const isBarrel = entries.length > 0 && entries.every(({ moduleRequest }) => moduleRequest !== null);
  if (isBarrel && !/^packages\/[a-z]+\/src\/index\.ts$/.test(source.path)) {
    findings.push(finding(source, 0, "only passes on other files; a package's index.ts is the one that may"));
  }
  return findings;
}

/** A file is called after the idea in it, in lower case with hyphens. */
export function checkName({ path }: { readonly path: string }): readonly Finding[] {
  const name = path.split('/').at(-1) ?? '';
  if (!wellNamed.test(name)) return [{ path, line: 1, message: 'not in lower case with hyphens' }];
  const stem = name.slice(0, name.indexOf('.'));
  return emptyNames.test(stem) ? [{ path, line: 1, message: `"${stem}" says nothing; name the idea` }] : [];
}
