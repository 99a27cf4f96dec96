// What the view-models need of the browser, as an argument: address, attention, timers, clipboard.

/** Where the page is: path and the part after `#`, which never reaches a server. */
export interface Place {
  readonly path: string;
  readonly fragment: string;
}

/** Notifications of the system. A later one with the same tag takes the place of the one before. */
export interface Notices {
  permission(): 'default' | 'granted' | 'denied' | 'impossible';
  /** The browser asks; only ever after a press. */
  ask(): Promise<void>;
  show(tag: string, text: { readonly title: string; readonly body: string }, press: () => void): void;
  remove(tag: string): void;
}

/** The browser as far as a view-model may know it. */
export interface Host {
  now(): number;
  after(delayMs: number, task: () => void): () => void;
  place(): Place;
  /** Changes the address without loading; `replace` leaves no step back. */
  go(path: string, replace: boolean): void;
  /** One step back when the page came from within, else to this path in place of the present one. */
  up(path: string): void;
  onPlace(listener: () => void): () => void;
  /** Something lies over the page until the returned function is called: the browser's Back calls `close`, and no more. */
  layer(close: () => void): () => void;
  /** Is there room for three panes? */
  wide(): boolean;
  /** Is the window visible and focused? Only then does anything count as read. */
  attentive(): boolean;
  /** Is a page of this server visible, this one or another? */
  watched(): Promise<boolean>;
  onAttention(listener: () => void): () => void;
  onNetwork(listener: (online: boolean) => void): () => void;
  copy(text: string): Promise<void>;
  /** A number from 0 up to, and without, `below`, by chance. */
  pick(below: number): number;
  /** Number on the title and the app's icon; 0 removes it. */
  badge(waiting: number): void;
  readonly notices: Notices;
  /** What this browser keeps for the page, for whoever uses it; null when there is nothing. */
  kept(name: string): string | null;
  keep(name: string, value: string): void;
  /** Another page of this browser keeps something else. */
  onKept(listener: () => void): () => void;
  /** Such as "Firefox on Linux". */
  deviceName(): string;
}
