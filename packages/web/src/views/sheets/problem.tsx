// What a sheet says while it loads, when it could not, and when something that was done went wrong.
import { useContext } from 'preact/hooks';
import { AppContext } from '../app-context.ts';
import { Failure } from '../failure.tsx';
import { SkeletonRows } from '../skeleton.tsx';
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

/** Stands where the content will be; nothing once it is there. */
export function Loading({ rows }: { readonly rows: number }) {
  const { chats } = useContext(AppContext);
  const { loading, failed } = useViewModel(chats.sheets);
  if (failed !== null) return <Failure text={failed} retry={() => chats.sheets.retry()} />;
  return loading ? <SkeletonRows count={rows} small /> : null;
}
