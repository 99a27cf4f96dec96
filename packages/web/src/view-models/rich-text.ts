// Light marks, links and mentions of a plain text, as tokens. Text is never HTML: a view turns each token
// into an element of its own. Unclosed marks stay as they were typed.
import { linkifyit } from 'linkify-it';

/** A piece of a text. */
export type Token =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'bold' | 'italic' | 'struck'; readonly tokens: readonly Token[] }
  | { readonly type: 'code' | 'block'; readonly text: string }
  | { readonly type: 'link'; readonly text: string; readonly href: string }
  | { readonly type: 'mention'; readonly text: string };

const links = linkifyit();

const marks: Readonly<Record<string, 'bold' | 'italic' | 'struck'>> = { '*': 'bold', _: 'italic', '~': 'struck' };
const maxDepth = 4;
/** Beyond this a text is shown without marks and links: laying it out is enough work. */
const maxRichCharacters = 8_192;

/** Tokens of a text. Joined together they say what the text says. */
export function richText(text: string): readonly Token[] {
  if (text.length > maxRichCharacters) return [{ type: 'text', text }];
  return blocks(text);
}

/** The same where no address is to be pressed: a stranger wrote it, and was not accepted. */
export function inertText(text: string): readonly Token[] {
  return richText(text).map(inert);
}

function inert(token: Token): Token {
  if (token.type === 'link') return { type: 'text', text: token.text };
  return 'tokens' in token ? { ...token, tokens: token.tokens.map(inert) } : token;
}

/** What a text says without its marks, for where it stands in one line. It may have been cut within a block. */
export function plainText(text: string): string {
  const isCut = text.split('```').length % 2 === 0;
  const whole = isCut ? `${text.replace(/`{1,2}$/, '')}\`\`\`` : text;
  return richText(whole).map(plainOf).join('');
}

function plainOf(token: Token): string {
  return 'tokens' in token ? token.tokens.map(plainOf).join('') : token.text;
}

function blocks(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (let open = text.indexOf('```'); open >= 0; open = text.indexOf('```', at)) {
    const close = text.indexOf('```', open + 3);
    if (close < 0) break;
    tokens.push(...inline(text.slice(at, open), 0));
    tokens.push({ type: 'block', text: text.slice(open + 3, close).replace(/^\n|\n$/g, '') });
    at = close + 3;
  }
  tokens.push(...inline(text.slice(at), 0));
  return tokens;
}

function inline(text: string, depth: number): Token[] {
  if (text === '') return [];
  const pattern = /(^|[\s([{"'“‘>*_~])([*_~]|`(?!`))(?=\S)([^\n]*?\S)\2(?=$|[\s.,;:!?)\]}"'”’<*_~])/g;
  const tokens: Token[] = [];
  let at = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [whole, before = '', mark = '', inside = ''] = match;
    tokens.push(...linked(text.slice(at, match.index) + before));
    if (mark === '`') tokens.push({ type: 'code', text: inside });
    else {
      const type = marks[mark] ?? 'bold';
      tokens.push({ type, tokens: depth < maxDepth ? inline(inside, depth + 1) : [{ type: 'text', text: inside }] });
    }
    at = match.index + whole.length;
    pattern.lastIndex = at;
  }
  tokens.push(...linked(text.slice(at)));
  return tokens;
}

function linked(text: string): Token[] {
  if (text === '') return [];
  const tokens: Token[] = [];
  let at = 0;
  for (const match of links.match(text) ?? []) {
    const href = safeAddress(match.url);
    if (href === null) continue;
    tokens.push(...mentioned(text.slice(at, match.index)));
    tokens.push({ type: 'link', text: match.text, href });
    at = match.lastIndex;
  }
  tokens.push(...mentioned(text.slice(at)));
  return tokens;
}

function mentioned(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (const match of text.matchAll(/(?<![\w.@])@[a-z][a-z0-9_.]{1,30}[a-z0-9_]/g)) {
    if (match.index > at) tokens.push({ type: 'text', text: text.slice(at, match.index) });
    tokens.push({ type: 'mention', text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length) tokens.push({ type: 'text', text: text.slice(at) });
  return tokens;
}

/** Only http, https and mailto; the host in ASCII, so that a look-alike shows. */
function safeAddress(address: string): string | null {
  try {
    const url = new URL(address);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Does this text consist of one to three emoji only? They are shown large. */
export function isOnlyEmoji(text: string): boolean {
  return text.length <= 40 && /^(\p{RGI_Emoji}\s*){1,3}$/v.test(text);
}
