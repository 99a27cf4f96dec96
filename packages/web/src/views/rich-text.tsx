// Draws the tokens of a text. Every token is an element of its own; nothing is ever parsed as HTML.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { inertText, isOnlyEmoji, richText, type Token } from '../view-models/rich-text.ts';

/** A text with its marks, links and mentions, in its own direction; `inert`: no links. `children` end its last line. */
export function RichText(props: {
  readonly text: string;
  readonly inert?: boolean;
  readonly children?: ComponentChildren;
}) {
  const { text, inert = false, children } = props;
  const tokens = useMemo(() => (inert ? inertText(text) : richText(text)), [text, inert]);
  return (
    <div class="text" dir="auto">
      <span class={isOnlyEmoji(text) ? 'words large-emoji' : 'words'}>{tokens.map(draw)}</span>
      {children}
    </div>
  );
}

function draw(token: Token, key: number, all: readonly Token[]) {
  switch (token.type) {
    case 'text':
      // A block ends its line by itself.
      return all[key - 1]?.type === 'block' ? token.text.replace(/^\n/, '') : token.text;
    case 'bold':
      return <strong key={key}>{token.tokens.map(draw)}</strong>;
    case 'italic':
      return <em key={key}>{token.tokens.map(draw)}</em>;
    case 'struck':
      return <s key={key}>{token.tokens.map(draw)}</s>;
    case 'code':
      return <code key={key}>{token.text}</code>;
    case 'block':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <pre key={key} tabIndex={0}>
          <code>{token.text}</code>
        </pre>
      );
    case 'link':
      return (
        <a key={key} href={token.href} target="_blank" rel="noopener noreferrer nofollow">
          {token.text}
        </a>
      );
    case 'mention':
      return (
        <span key={key} class="mention">
          {token.text}
        </span>
      );
  }
}
