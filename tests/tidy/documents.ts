// Documents that say something which stands elsewhere too: an example that is quoted, a table of settings, an index.
// The copy must be the thing itself.

import { type Finding, finding, type TextFile } from './source.ts';

/** A setting, as an operator reads of it. */
export type NamedSetting = { readonly name: string; readonly summary: string; readonly standard: string };

/** The file of an example stands in the document literally, in a block of code. */
export function checkQuote(document: TextFile, example: TextFile): readonly Finding[] {
  const blocks = [...document.text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block]) => block);
  return blocks.includes(example.text) ? [] : [finding(document, 0, `does not quote ${example.path} as it is`)];
}

/** Every setting has its row, with its default and what it means, and no row is of none. */
export function checkSettings(document: TextFile, settings: readonly NamedSetting[]): readonly Finding[] {
  const row = ({ name, standard, summary }: NamedSetting) =>
    `| \`${name}\` | ${standard === '' ? '' : `\`${standard}\``} | ${summary} |`;
  const missing = settings
    .map(row)
    .filter((expected) => !document.text.includes(`${expected}\n`))
    .map((expected) => finding(document, 0, `lacks the row ${expected}`));
  const names = new Set(settings.map(({ name }) => name));
  const unknown = [...document.text.matchAll(/^\| `(PARLEY_\w+)` \|/gm)]
    .filter(([, name = '']) => !names.has(name))
    .map((match) => finding(document, match.index, `${match[1]} is no setting`));
  return [...missing, ...unknown];
}

/** Every family of rules is in the index with its title, and the index names none that is not there. */
export function checkIndex(index: TextFile, families: readonly TextFile[]): readonly Finding[] {
  const rows = families.map(({ path, text }) => {
    const [, family = '', title = ''] = /^## ([A-Z0-9]+): (.+)$/m.exec(text) ?? [];
    return `| [${family}](${path.replace('docs/', '')}) | ${title} |`;
  });
  const missing = rows
    .filter((row) => !index.text.includes(`${row}\n`))
    .map((row) => finding(index, 0, `lacks the row ${row}`));
  const paths = new Set(families.map(({ path }) => path.replace('docs/', '')));
  const gone = [...index.text.matchAll(/\]\((spec\/[\w.-]+)\)/g)]
    .filter(([, path = '']) => !paths.has(path))
    .map((match) => finding(index, match.index, `${match[1]} is not there`));
  return [...missing, ...gone];
}

/** Links of a document to files of the tree lead to one. */
export function checkLinks(document: TextFile, files: ReadonlySet<string>): readonly Finding[] {
  const folder = document.path.split('/').slice(0, -1);
  return [...document.text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .filter(([, target = '']) => !/^[a-z]+:/.test(target))
    .filter(([, target = '']) => !leadsSomewhere([...folder, ...target.split('/')], files))
    .map((match) => finding(document, match.index, `"${match[1]}" leads nowhere`));
}

function leadsSomewhere(parts: readonly string[], files: ReadonlySet<string>): boolean {
  const path: string[] = [];
  for (const part of parts) {
    if (part === '..') path.pop();
    else if (part !== '.' && part !== '') path.push(part);
  }
  const wanted = path.join('/');
  return files.has(wanted) || [...files].some((file) => file.startsWith(`${wanted}/`));
}
