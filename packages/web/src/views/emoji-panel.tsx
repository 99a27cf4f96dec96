// Emoji by group, with search. The list is loaded from this server the first time it is opened.
import emojiAddress from 'emoji-picker-element-data/en/emojibase/data.json?url';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { words } from '../words/words.ts';
import { Failure } from './failure.tsx';

interface Emoji {
  readonly emoji: string;
  readonly annotation: string;
  readonly tags?: readonly string[];
  readonly group: number;
  readonly version: number;
}

/** Newer emoji than this are missing in too many fonts. */
const newestVersion = 14;
const maxFound = 80;
let loaded: Promise<readonly Emoji[]> | null = null;

function load(): Promise<readonly Emoji[]> {
  loaded ??= fetch(emojiAddress)
    .then((answer) => answer.json() as Promise<readonly Emoji[]>)
    .then((all) => all.filter((e) => e.version <= newestVersion && e.group !== 2));
  return loaded;
}

/** Calls back with the chosen emoji. With `focus` one can search at once. */
export function EmojiPanel(props: { readonly onPick: (emoji: string) => void; readonly focus?: boolean }) {
  const [all, setAll] = useState<readonly Emoji[]>([]);
  const [failed, setFailed] = useState(false);
  const [query, setQuery] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const start = () => {
    setFailed(false);
    load().then(setAll, () => {
      loaded = null;
      setFailed(true);
    });
  };
  useEffect(() => {
    start();
    if (props.focus === true) field.current?.focus();
  }, []);
  const shown = useMemo(() => {
    const wanted = query.trim().toLowerCase();
    if (wanted === '') return all;
    return all
      .filter((e) => e.annotation.includes(wanted) || e.tags?.some((tag) => tag.startsWith(wanted)))
      .slice(0, maxFound);
  }, [all, query]);
  return (
    <div class="emoji-panel">
      <input
        ref={field}
        type="search"
        placeholder={words.composer.searchEmoji}
        aria-label={words.composer.searchEmoji}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      {failed && <Failure text={words.composer.emojiFailed} retry={start} />}
      <div class="emoji-grid" aria-busy={all.length === 0 && !failed}>
        {shown.map((e) => (
          <button
            type="button"
            key={e.emoji}
            title={e.annotation}
            aria-label={e.annotation}
            onClick={() => props.onPick(e.emoji)}
          >
            {e.emoji}
          </button>
        ))}
      </div>
    </div>
  );
}
