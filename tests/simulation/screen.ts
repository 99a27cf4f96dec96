// What a person would see on one program: the list of conversations and the newest messages of each, looked at after
// every change, once everything that belongs to the change has happened.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Client, ClientState, ConversationView, Timeline, TimelineView } from '@parley/sdk';

/** Who looks. */
export interface Eye {
  /** This conversation is in the list, with those who type in it. */
  listed(device: string, view: ConversationView): void;
  /** A timeline looks like this now. */
  shown(device: string, conversation: ConversationId, timeline: TimelineView): void;
  /** This program is gone, or was reloaded: what it had on screen is forgotten. */
  blank(device: string): void;
  /** Something will be there to look at. */
  glance(screen: Screen): void;
}

export interface ScreenParts {
  readonly device: string;
  readonly client: Client;
  readonly eye: Eye;
}

/** The screen of one program. */
export class Screen {
  readonly device: string;
  readonly #client: Client;
  readonly #eye: Eye;
  readonly #timelines = new Map<ConversationId, Timeline>();
  /** What the eye has seen last of each timeline. */
  readonly #looked = new Map<ConversationId, TimelineView>();
  readonly #stops: (() => void)[] = [];
  #watched: readonly AccountId[] = [];
  #closed = false;

  constructor({ device, client, eye }: ScreenParts) {
    this.device = device;
    this.#client = client;
    this.#eye = eye;
    this.#stops.push(client.conversations.subscribe(() => this.#glance()));
    this.#glance();
  }

  get state(): ClientState {
    return this.#client.state.snapshot;
  }

  /** Conversations on screen, in the order of the list. */
  get conversations(): readonly ConversationView[] {
    return this.#client.conversations.snapshot;
  }

  timeline(id: ConversationId): TimelineView | null {
    return this.#timelines.get(id)?.snapshot ?? null;
  }

  /** Shows everything that has changed to the eye. */
  look(): void {
    if (this.#closed) return;
    for (const view of this.conversations) {
      if (!this.#timelines.has(view.id)) this.#open(view.id);
      this.#eye.listed(this.device, view);
    }
    for (const [id, { snapshot }] of this.#timelines) {
      if (this.#looked.get(id) === snapshot) continue;
      this.#looked.set(id, snapshot);
      this.#eye.shown(this.device, id, snapshot);
    }
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#eye.blank(this.device);
  }

  #open(id: ConversationId): void {
    const timeline = this.#client.conversation(id)?.timeline();
    if (timeline === undefined) return;
    this.#timelines.set(id, timeline);
    this.#stops.push(timeline.subscribe(() => this.#glance()));
    this.#watch();
  }

  /** Everything that is on screen is watched. */
  #watch(): void {
    const peers = this.conversations.flatMap((view) => view.peer ?? []);
    this.#watched = [...new Set([...this.#watched, ...peers])];
    this.#client.presence.watch(this.#watched, [...this.#timelines.keys()]);
  }

  /** A person looks at these accounts, too. */
  watch(accounts: readonly AccountId[]): void {
    this.#watched = [...new Set([...this.#watched, ...accounts])];
    this.#client.presence.watch(this.#watched, [...this.#timelines.keys()]);
  }

  /** A person scrolls up. */
  async scroll(id: ConversationId): Promise<void> {
    await this.#timelines.get(id)?.loadOlder(10);
  }

  #glance(): void {
    if (!this.#closed) this.#eye.glance(this);
  }
}
