// The pane beside a chat, whose code is fetched apart; where it cannot be had, that is said and the pane closes.
import { useContext } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { OpenConversation } from '../view-models/conversation.ts';
import { AppContext } from './app-context.ts';
import { late, useLate } from './late.ts';

export const infoPane = late(async () => (await import('./info-pane.tsx')).InfoPane);

/** The pane, or nothing for the moment that its code takes. */
export function LateInfoPane({ open }: { readonly open: OpenConversation }) {
  const { app, chats } = useContext(AppContext);
  const View = useLate(infoPane, (error) => {
    app.toggleInfo();
    inBackground(
      chats.sheets.run(async () => {
        throw error;
      }),
    );
  });
  return View === null ? null : <View open={open} />;
}
