// What lies over the chats: the open sheet, or what went wrong a moment ago.
import { useContext } from 'preact/hooks';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';
import { Later, useSheetsSoon } from './later.tsx';

/** The open sheet, if there is one; without one, what went wrong a moment ago. */
export function OpenSheet() {
  const { chats } = useContext(AppContext);
  const { sheet, error } = useViewModel(chats.sheets);
  useSheetsSoon();
  if (sheet !== null) return <Later sheet={sheet} />;
  return error === null ? null : (
    <div class="toast" role="alert">
      {error}
    </div>
  );
}
