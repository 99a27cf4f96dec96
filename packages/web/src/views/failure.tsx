// What could not be loaded, and the one thing that helps.
import { words } from '../words/words.ts';

/** A sentence and "Try again". */
export function Failure({ text, retry }: { readonly text: string; readonly retry: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{text}</p>
      <button type="button" class="button" onClick={retry}>
        {words.retry}
      </button>
    </div>
  );
}
