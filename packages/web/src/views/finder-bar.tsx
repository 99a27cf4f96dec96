// Search within the open chat: Enter and the arrows go from hit to hit, Escape closes.
import { useEffect, useRef } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { words } from '../words/words.ts';
import { Icon, IconButton } from './icon.tsx';
import { stepOf } from './move-focus.ts';
import { useLayer } from './use-layer.ts';
import { useViewModel } from './use-view-model.ts';

/** The bar under the header. */
export function FinderBar({ open }: { readonly open: OpenConversation }) {
  const { finder } = open;
  const { query, hits, at, searching } = useViewModel(finder);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  useLayer(true, () => finder.close());
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'Enter' ? (event.shiftKey ? 1 : -1) : stepOf(event);
    if (event.key === 'Escape') finder.close();
    else if (step !== null) finder.step(step === 1 ? -1 : 1);
    else return;
    event.preventDefault();
  };
  const found = hits.length === 0 ? words.chat.findNone : words.chat.findCount(at + 1, hits.length);
  return (
    <search class="finder-bar">
      <div class="search">
        <Icon name="search" size={20} />
        <input
          ref={field}
          type="search"
          placeholder={words.chat.findPlaceholder}
          aria-label={words.chat.findPlaceholder}
          value={query}
          onInput={(event) => finder.setQuery(event.currentTarget.value)}
          onKeyDown={onKey}
        />
        <span class="finder-count" role="status">
          {query.trim() === '' || searching ? '' : found}
        </span>
      </div>
      <IconButton
        icon="up"
        label={words.chat.findOlder}
        disabled={at >= hits.length - 1}
        onPress={() => finder.step(1)}
      />
      <IconButton icon="down" label={words.chat.findNewer} disabled={at <= 0} onPress={() => finder.step(-1)} />
      <IconButton icon="close" label={words.chat.findClose} onPress={() => finder.close()} />
    </search>
  );
}
