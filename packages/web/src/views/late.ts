// Code that is fetched apart from the first load, as soon as a view asks for it, and then stays.
import { useEffect, useReducer } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';

/** A hook that has what is fetched, or null until it is there. What cannot be fetched now is fetched by the next view. */
export function late<T>(fetch: () => Promise<T>): () => T | null {
  let fetched: T | null = null;
  return () => {
    const [, redraw] = useReducer((n: number) => n + 1, 0);
    useEffect(() => {
      if (fetched !== null) return;
      const fetching = fetch().then((all) => {
        fetched = all;
        redraw(undefined as never);
      });
      inBackground(fetching.catch(() => {}));
    }, []);
    return fetched;
  };
}
