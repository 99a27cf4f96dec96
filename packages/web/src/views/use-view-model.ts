// The one bridge between view-models and views: a signal that follows a snapshot.

import type { Live } from '@parley/sdk';
import { useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';

/** The present snapshot; the view draws again when it changes. */
export function useViewModel<T>(model: Live<T>): T {
  const snapshot = useSignal(model.snapshot);
  snapshot.value = model.snapshot;
  useLayoutEffect(() => {
    const follow = () => {
      snapshot.value = model.snapshot;
    };
    follow();
    return model.subscribe(follow);
  }, [model]);
  return snapshot.value;
}
