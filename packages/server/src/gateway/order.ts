// One device's messages in a conversation keep the order in which they were written (R4). After a message was refused
// and is to come back, later ones of that conversation wait until it has. It promises this for one socket.
import { type ConversationId, type ErrorCode, errors, type FramesUp } from '@parley/protocol';
import { maxHeldConversations } from '../kernel/limits.ts';

/** Will a message that was refused with this code come back? */
export function comesBack(code: ErrorCode): boolean {
  const { advice } = errors[code];
  return advice === 'retry' || advice === 'wait';
}

/** A message that is to come back, and which one of its socket it was. */
interface Awaited {
  readonly id: string;
  readonly at: number;
}

/** Which conversations of a socket wait for a message to come back, and for which. */
export class OrderGate {
  /** Null until something is awaited: most sockets never have to. */
  #awaited: Map<ConversationId, Awaited> | null = null;

  /** Must this message, the `at`-th of the socket, wait for one that came before it? */
  holds(frame: FramesUp['message'], at: number): boolean {
    if (this.#awaited === null) return false;
    const awaited = this.#awaited.get(frame.conversation_id);
    return awaited !== undefined && awaited.at < at && awaited.id !== frame.id;
  }

  /**
   * The message, the `at`-th of the socket, was refused. Of several that were under way the first is awaited, in
   * whatever order they are refused. Returns false when too many conversations are held: the socket must begin anew.
   */
  refused(frame: FramesUp['message'], code: ErrorCode, at: number): boolean {
    if (!comesBack(code)) {
      this.#passed(frame);
      return true;
    }
    if (frame.id === undefined) return true;
    this.#awaited ??= new Map();
    const before = this.#awaited.get(frame.conversation_id);
    if (before !== undefined && before.at <= at) return true;
    if (before === undefined && this.#awaited.size >= maxHeldConversations) return false;
    this.#awaited.set(frame.conversation_id, { id: frame.id, at });
    return true;
  }

  /** The message was taken, or refused for good: the ones after it may go. */
  accepted(frame: FramesUp['message']): void {
    if (this.#awaited !== null) this.#passed(frame);
  }

  #passed(frame: FramesUp['message']): void {
    if (this.#awaited?.get(frame.conversation_id)?.id === frame.id) this.#awaited?.delete(frame.conversation_id);
  }
}
