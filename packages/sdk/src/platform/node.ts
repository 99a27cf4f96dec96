// Node: `connect` and `entrance` over the global fetch and WebSocket, with a bearer token.
import type { Client, Entrance, SessionView } from '../api.ts';

/** Whose device, where. Without a folder everything is kept in memory only. */
export interface NodeOptions {
  /** Origin of the server, such as `http://localhost:8420`. */
  readonly server: string;
  /** From `entrance`, or a token; may be absent when the folder has one from before. */
  readonly session?: SessionView | { readonly token: string };
  /** Folder of this profile; made with mode 0700. Several processes may use one at the same time. */
  readonly folder?: string;
  /** Name and version of the program, for the operator. */
  readonly client?: string;
}

/** Opens the store, works offline from it, and connects in the background. */
export declare function connect(options: NodeOptions): Promise<Client>;

/** Signing up and in at a server. */
export declare function entrance(server: string): Entrance;
