// The steps of the browser's own Back: places that somebody went to, and above them one for each layer that lies over the
// page. It promises that Back takes away the top layer first, and that a layer which was closed leaves no step behind.
// Going back takes the browser a moment; whatever comes meanwhile waits for it.

/** As much of the browser's history as is needed. */
export type Past = Pick<History, 'state' | 'pushState' | 'replaceState' | 'go'>;

/** What an entry says of itself: how many places within the app lie under it, how many layers it stands for. */
interface Entry {
  readonly depth: number;
  readonly layers: number;
}

/** Steps over this history; `onPop` hears of every one that is gone back or forward. */
export function createSteps(past: Past, onPop: (listener: () => void) => void) {
  let layers: readonly (() => void)[] = [];
  const places = new Set<() => void>();
  /** What is to be done once a step back, which is on its way, has come. */
  let waiting: (() => void)[] | null = null;

  const here = (): Entry => ({ depth: 0, layers: 0, ...(past.state as Partial<Entry> | null) });
  const push = (entry: Entry, path?: string) => past.pushState(entry, '', path);
  const back = (by: number, then: readonly (() => void)[] = []) => {
    waiting = [...then];
    past.go(-by);
  };
  const soon = (task: () => void) => {
    if (waiting === null) task();
    else waiting.push(task);
  };
  /** As many entries as there are layers. */
  const level = () => {
    const { depth, layers: there } = here();
    if (waiting !== null) return;
    if (there > layers.length) back(there - layers.length);
    else for (let n = there + 1; n <= layers.length; n++) push({ depth, layers: n });
  };
  /** On the entry of a place: what is open there has no way back to it any more. */
  const atPlace = (task: (depth: number) => void) =>
    soon(() => {
      const { depth, layers: there } = here();
      if (there > 0) back(there, [() => task(depth)]);
      else task(depth);
    });
  const takeAway = (kept: number) => {
    const gone = layers.slice(kept);
    layers = layers.slice(0, kept);
    for (const close of gone.reverse()) close();
  };

  onPop(() => {
    const tasks = waiting;
    waiting = null;
    if (tasks === null) takeAway(here().layers);
    for (const task of tasks ?? []) soon(task);
    level();
    for (const listener of [...places]) listener();
  });
  // A page that was loaded anew has no layers, whatever there was.
  level();

  return {
    /** To another address; `replace` leaves no step back to the present one. */
    go: (path: string, replace: boolean) =>
      atPlace((depth) => {
        if (replace) past.replaceState(past.state, '', path);
        else push({ depth: depth + 1, layers: 0 }, path);
      }),
    /** One place back when the page came from within, else to this one instead. */
    up: (path: string) =>
      atPlace((depth) => {
        if (depth > 0) back(1);
        else past.replaceState(past.state, '', path);
      }),
    onPlace: (listener: () => void) => {
      places.add(listener);
      return () => void places.delete(listener);
    },
    /** Something lies over the page: Back closes it. Until the returned function is called. */
    layer: (close: () => void) => {
      const own = () => close();
      layers = [...layers, own];
      level();
      return () => {
        layers = layers.filter((one) => one !== own);
        level();
      };
    },
  };
}
