// A dialog is open for as long as it is drawn: the page behind is inert, Escape closes, and focus goes back to where
// it came from before anything else happens.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useLayer } from './use-layer.ts';

/**
 * The dialog to draw, and the way to close it at once. `onClose` hears of it however it was closed. The browser's Back
 * closes it, or is the step back within it.
 */
export function useModal(onClose: () => void, onBack?: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  const told = useRef(onClose);
  told.current = onClose;
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    element.showModal();
    const tell = () => told.current();
    element.addEventListener('close', tell);
    return () => {
      element.removeEventListener('close', tell);
      element.close();
    };
  }, []);
  const close = () => dialog.current?.close();
  useLayer(true, () => {
    if (onBack === undefined) return close();
    onBack();
    return true;
  });
  return { dialog, close };
}
