// The REST side of conversations and messages: every route of its table, put together from the use cases.
import type { FrameHandlers } from '../kernel/frame-handlers.ts';
import { type ContextParts, createContext } from './context.ts';
import { createInviteRoutes } from './conversation-invites.ts';
import { createConversationsRoutes } from './conversations.ts';
import { createConversationMaking } from './create-conversation.ts';
import { createEntryRoutes } from './entries.ts';
import { createFileRoutes } from './file-routes.ts';
import { createLongPoll } from './long-poll.ts';
import { createMemberRoutes } from './members.ts';
import { createMessageRoutes, type SocketUseCases } from './message-routes.ts';
import type { MessagesParts } from './parts.ts';
import { createPendingRoutes } from './pending.ts';
import { createReports } from './reports.ts';
import { createRoomRoutes } from './rooms.ts';

/** What must be given. */
export interface ConversationRoutesParts
  extends ContextParts,
    SocketUseCases,
    Pick<MessagesParts, 'bus' | 'files' | 'reports' | 'takeReport'> {
  readonly frames: Pick<FrameHandlers, 'changesSince' | 'roomsOf'>;
}

/** A handler for each route of conversations and messages, and for the settings of an account log. */
export function createConversationRoutes(parts: ConversationRoutesParts) {
  const context = createContext(parts);
  return {
    ...createConversationsRoutes(context),
    ...createMemberRoutes(context),
    ...createPendingRoutes(context),
    ...createRoomRoutes(context),
    ...createInviteRoutes(context),
    ...createEntryRoutes(context),
    ...createMessageRoutes(context, parts),
    ...createFileRoutes(context, parts.files, parts.history),
    ...createReports({ ...parts, rows: context.rows }),
    createConversation: createConversationMaking(context),
    sync: createLongPoll(parts.bus, parts.clock, parts.frames),
  };
}
