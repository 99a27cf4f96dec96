// Draws again when something more is known of people: for whoever draws their names.
import { useContext, useLayoutEffect, useState } from 'preact/hooks';
import { AppContext } from './app-context.ts';

/** Follows what is known of people. */
export function usePeople(): void {
  const { people } = useContext(AppContext).chats.client;
  const [, setTold] = useState(0);
  useLayoutEffect(() => people.subscribe(() => setTold((told) => told + 1)), [people]);
}
