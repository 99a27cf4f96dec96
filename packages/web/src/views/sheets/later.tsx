// Shows a sheet whose code is fetched apart. It is fetched as soon as the chats are on screen, so that it is there when it
// is wanted, without a network too; where it cannot be had, that is said and the sheet closes.
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import type { Sheet } from '../../view-models/sheets.ts';
import { AppContext } from '../app-context.ts';
import type { LateSheetView } from './late-sheets.tsx';

type View = typeof LateSheetView;

let fetched: View | null = null;

async function fetchView(): Promise<View> {
  fetched ??= (await import('./late-sheets.tsx')).LateSheetView;
  return fetched;
}

/** Fetches it once the page is idle. */
export function useSheetsSoon(): void {
  useEffect(() => {
    // What cannot be fetched now is fetched when it is wanted.
    inBackground(fetchView().catch(() => {}));
  }, []);
}

/** The sheet, or nothing for the moment that its code takes. */
export function Later({ sheet }: { readonly sheet: Sheet }) {
  const { chats } = useContext(AppContext);
  const [View, setView] = useState<View | null>(() => fetched);
  useEffect(() => {
    if (View !== null) return;
    const refuse = (error: unknown): void => {
      if (chats.sheets.snapshot.sheet === sheet) chats.sheets.close();
      inBackground(
        chats.sheets.run(async () => {
          throw error;
        }),
      );
    };
    inBackground(fetchView().then((view) => setView(() => view), refuse));
  }, [View, chats, sheet]);
  return View === null ? null : <View sheet={sheet} />;
}
