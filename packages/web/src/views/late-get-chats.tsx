// The ways to the chats of a device without keys, whose code is fetched apart: most devices never show them.
import { useContext } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import { AppContext } from './app-context.ts';
import { late, useLate } from './late.ts';

const getChats = late(async () => (await import('./get-chats.tsx')).GetChats);

/** The present step, or nothing for the moment that its code takes. Where it cannot be had, that is said. */
export function LateGetChats() {
  const { chats } = useContext(AppContext);
  const View = useLate(getChats, (error) => {
    inBackground(
      chats.sheets.run(async () => {
        throw error;
      }),
    );
  });
  return View === null ? null : <View titled />;
}
