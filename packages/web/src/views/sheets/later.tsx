// Shows a sheet whose code is fetched apart. It is fetched as soon as the chats are on screen, so that it is there when it
// is wanted, without a network too; where it cannot be had, that is said and the sheet closes.
import { useContext, useEffect } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import type { Sheet } from '../../view-models/sheets.ts';
import { AppContext } from '../app-context.ts';
import { late, useLate } from '../late.ts';
import { chatParts } from '../late-chat.tsx';
import { infoPane } from '../late-info.tsx';

const sheets = late(async () => (await import('./late-sheets.tsx')).LateSheetView);

/** Fetches them, the pane beside a chat and what it shows after a press, once the page is idle. */
export function useSheetsSoon(): void {
  useEffect(() => {
    // What cannot be fetched now is fetched when it is wanted.
    for (const one of [sheets, infoPane, chatParts]) inBackground(one.fetch().catch(() => {}));
  }, []);
}

/** The sheet, or nothing for the moment that its code takes. */
export function Later({ sheet }: { readonly sheet: Sheet }) {
  const { chats } = useContext(AppContext);
  const View = useLate(sheets, (error) => {
    if (chats.sheets.snapshot.sheet === sheet) chats.sheets.close();
    inBackground(
      chats.sheets.run(async () => {
        throw error;
      }),
    );
  });
  return View === null ? null : <View sheet={sheet} />;
}
