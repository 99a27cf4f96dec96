// What went wrong in a sheet, in one line.
import { useContext } from 'preact/hooks';
import { AppContext } from '../app-context.ts';
import { useViewModel } from '../use-view-model.ts';

/** Nothing when all is well. */
export function Problem() {
  const { chats } = useContext(AppContext);
  const { error } = useViewModel(chats.sheets);
  return error === null ? null : (
    <p class="problem" role="alert">
      {error}
    </p>
  );
}
