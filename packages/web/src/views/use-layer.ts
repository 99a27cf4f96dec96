// What lies over the page, as the browser's Back sees it: it closes that before it leads anywhere.
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import { AppContext } from './app-context.ts';

/** While `open`, Back calls `close`. What says true stays all the same: it lies there anew. */
export function useLayer(open: boolean, close: () => unknown): void {
  const { app } = useContext(AppContext);
  const told = useRef(close);
  told.current = close;
  useLayoutEffect(() => {
    let end = () => {};
    const lie = () => {
      end = app.host.layer(() => {
        if (told.current() === true) lie();
      });
    };
    if (open) lie();
    return () => end();
  }, [open]);
}
