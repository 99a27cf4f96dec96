// Who imports whom: every specifier of a file resolved to a file of the tree or to a package, judged by the table of
// layers, and followed from the entries to find what nobody uses.

import { posix } from 'node:path';
import { Visitor } from 'oxc-parser';
import type { Layer } from '../layers.ts';
import { type Finding, finding, type Source } from './source.ts';

/** One import: where it stands, the names it takes, and what it resolves to. */
export type Edge = {
  readonly position: number;
  readonly specifier: string;
  readonly names: readonly string[];
  /** It takes types only: nothing of it runs. */
  readonly typesOnly: boolean;
  readonly to: { readonly file: string } | { readonly external: string } | { readonly missing: true };
};

/** What resolution needs to know of the tree. */
export type Tree = {
  readonly files: ReadonlySet<string>;
  /** The name of each workspace package → its folder and its `exports`. */
  readonly packages: ReadonlyMap<
    string,
    { readonly folder: string; readonly exports: Readonly<Record<string, string>> }
  >;
};

/** All imports of a source: static, dynamic, passed on, and files named as `new URL('./x.ts', import.meta.url)`. */
export function edges(source: Source, tree: Tree): readonly Edge[] {
  return specifiers(source).map((each) => ({ ...each, to: resolve(source.path, each.specifier, tree) }));
}

type Specifier = Omit<Edge, 'to'>;

function specifiers({ text, program, module }: Source): readonly Specifier[] {
  const found: Specifier[] = module.staticImports.map(({ moduleRequest, entries }) => ({
    position: moduleRequest.start,
    specifier: moduleRequest.value,
    names: entries.map(({ importName }) => importName.name ?? '*'),
    typesOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  for (const { moduleRequest, importName, isType } of module.staticExports.flatMap((each) => each.entries)) {
    if (moduleRequest === null) continue;
    found.push({
      position: moduleRequest.start,
      specifier: moduleRequest.value,
      names: [importName.name ?? '*'],
      typesOnly: isType,
    });
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"`])([^'"`$]+)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2] !== undefined)
      found.push({ position: moduleRequest.start, specifier: literal[2], names: ['*'], typesOnly: false });
  }
  new Visitor({
    NewExpression: ({ callee, arguments: [first], start }) => {
      if (callee.type !== 'Identifier' || callee.name !== 'URL' || first?.type !== 'Literal') return;
      const { value } = first;
      if (typeof value !== 'string' || !/^\..*\.(ts|tsx|mjs)$/.test(value)) return;
      found.push({ position: start, specifier: value, names: ['*'], typesOnly: false });
    },
  }).visit(program);
  return found;
}

function resolve(from: string, specifier: string, { files, packages }: Tree): Edge['to'] {
  const path = specifier.replace(/\?\w+$/, '');
  if (path.startsWith('.')) return known(posix.join(posix.dirname(from), path), files);
  const name = path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
  const workspace = packages.get(name);
  if (workspace === undefined) return { external: path.startsWith('node:') ? path : name };
  const target = workspace.exports[`.${path.slice(name.length)}`];
  return target === undefined ? { missing: true } : known(posix.join(workspace.folder, target), files);
}

function known(file: string, files: ReadonlySet<string>): Edge['to'] {
  return files.has(file) ? { file } : { missing: true };
}

/** The layer that owns a file: the first whose patterns match it. */
export function layerOf(path: string, layers: readonly Layer[]): Layer | undefined {
  return layers.find(({ files }) => files.some((pattern) => posix.matchesGlob(path, pattern)));
}

/** Imports that the table does not allow, files that it does not know, and specifiers that lead nowhere. */
export function checkLayers(source: Source, tree: Tree, layers: readonly Layer[]): readonly Finding[] {
  const own = layerOf(source.path, layers);
  if (own === undefined) return [finding(source, 0, 'stands in no layer of tests/layers.ts')];
  return edges(source, tree).flatMap((edge) => {
    const problem = judge(source.path, own, edge, layers);
    return problem === null ? [] : [finding(source, edge.position, problem)];
  });
}

function judge(
  path: string,
  own: Layer,
  { specifier, names, typesOnly, to }: Edge,
  layers: readonly Layer[],
): string | null {
  if ('missing' in to) return `"${specifier}" leads nowhere`;
  if ('external' in to) {
    const isFree = typesOnly && to.external.startsWith('node:');
    return isFree || allows(own.packages, to.external) ? null : `${own.name} may not import ${to.external}`;
  }
  if (!/\.(ts|tsx|mjs)$/.test(to.file)) return null;
  const other = layerOf(to.file, layers);
  if (other === undefined) return `${to.file} stands in no layer of tests/layers.ts`;
  if (own.adapters === true && other === own && isOtherAdapter(path, to.file)) return `${to.file} is another adapter`;
  const isAllowed = allows(own.may, other.name) && !allows(own.not ?? [], other.name);
  if (other !== own && !isAllowed) return `${own.name} may not import ${other.name} (${to.file})`;
  const never = names.find((name) => own.never?.test(name) && other.name === 'protocol');
  return never === undefined ? null : `${own.name} never sees ${never}`;
}

/** A `*` in the list stands for any letters. */
const allows = (list: readonly string[], name: string): boolean =>
  list.some((each) => new RegExp(`^${each.replaceAll('*', '.*')}$`).test(name));

/** `file-log.ts` may use `file-segment.ts` and `crc32c.ts`, and never `memory-log.ts`. */
function isOtherAdapter(from: string, to: string): boolean {
  const [a, b] = [adapterOf(from), adapterOf(to)];
  return a !== null && b !== null && a !== b;
}

const adapterOf = (path: string): string | null =>
  /\/(memory|local|host|file|sqlite|kafka|cassandra|redis|s3)-[^/]+$/.exec(path)?.[1] ?? null;

/** Files that no entry leads to, over imports. Throws when it is given nothing to look at. */
export function unreached(sources: readonly Source[], tree: Tree, entries: readonly string[]): readonly Finding[] {
  if (sources.length === 0) throw new Error('no sources to look at');
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const queue = entries.filter((entry) => byPath.has(entry));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const source = byPath.get(path);
    if (source === undefined || seen.has(path)) continue;
    seen.add(path);
    for (const { to } of edges(source, tree)) if ('file' in to) queue.push(to.file);
  }
  const dead = sources.filter(({ path }) => !seen.has(path) && !path.endsWith('.d.ts'));
  return dead.map((source) => finding(source, 0, 'no entry and no test leads here'));
}
