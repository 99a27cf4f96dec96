// The parts of an open chat whose code is fetched apart: each is nothing for the moment that it takes, and where it cannot
// be had, that is said.
import type { ComponentType } from 'preact';
import { useContext } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { AppContext } from './app-context.ts';
import type { parts } from './chat-parts.ts';
import { late, useLate } from './late.ts';

export const chatParts = late(async () => (await import('./chat-parts.ts')).parts);

export const LateEmojiPanel = part(({ EmojiPanel }) => EmojiPanel);
export const LateFinderBar = part(({ FinderBar }) => FinderBar);
export const LateMessageMenu = part(({ MessageMenu }) => MessageMenu);

function part<Props extends object>(of: (all: typeof parts) => ComponentType<Props>) {
  return function Part(props: Props) {
    const { chats } = useContext(AppContext);
    const all = useLate(chatParts, (error) => {
      inBackground(
        chats.sheets.run(async () => {
          throw error;
        }),
      );
    });
    if (all === null) return null;
    const View = of(all);
    return <View {...props} />;
  };
}
