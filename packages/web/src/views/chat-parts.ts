// What an open chat shows only after a press, which the page fetches apart.
import { EmojiPanel } from './emoji-panel.tsx';
import { FinderBar } from './finder-bar.tsx';
import { MessageMenu } from './message-menu.tsx';

export const parts = { EmojiPanel, FinderBar, MessageMenu } as const;
