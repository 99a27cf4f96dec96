// Somebody is reported to the operator: what would be sent is read and shown first, and exactly that is sent.
import type { Client, Conversation, ReportDraft } from '@parley/sdk';
import { report } from '../words/english-later.ts';
import { words } from '../words/words.ts';
import { Model } from './model.ts';

export const reasons = ['spam', 'abuse', 'other'] as const;
export type Reason = (typeof reasons)[number];

export interface ReportingView {
  /** Null while it is being read. */
  readonly draft: ReportDraft | null;
  /** Why it could not be read. */
  readonly failed: string | null;
  readonly reason: Reason;
  readonly note: string;
  readonly busy: boolean;
  readonly error: string | null;
  /** What was done. */
  readonly done: 'reported' | 'blocked' | null;
}

export interface Reporting extends Pick<Model<ReportingView>, 'snapshot' | 'subscribe'> {
  /** Reads what would be sent. */
  load(): Promise<void>;
  setReason(reason: Reason): void;
  setNote(note: string): void;
  /** Sends what is shown; with `block` they are blocked as well. */
  send(block: boolean): Promise<void>;
}

/** Of the other in a direct chat. */
export function createReporting(conversation: Pick<Conversation, 'reportDraft' | 'report' | 'block'>): Reporting {
  const model = new Model<ReportingView>({
    ...{ draft: null, failed: null, reason: 'spam', note: '', busy: false, error: null, done: null },
  });
  const load = async () => {
    model.update({ draft: null, failed: null });
    try {
      model.update({ draft: await conversation.reportDraft() });
    } catch (error) {
      model.update({ failed: textOf(error) });
    }
  };
  const send = async (draft: ReportDraft, block: boolean) => {
    const { reason, note } = model.snapshot;
    await conversation.report(draft, { reason, note: note.trim() });
    if (block) await conversation.block(true);
    model.update({ done: block ? 'blocked' : 'reported' });
  };
  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    load,
    setReason: (reason) => model.update({ reason }),
    setNote: (note) => model.update({ note }),
    send: async (block) => {
      const { draft, busy, done } = model.snapshot;
      if (draft === null || busy || done !== null) return;
      model.update({ busy: true, error: null });
      try {
        await send(draft, block);
      } catch (error) {
        model.update({ error: textOf(error) });
        // One of them was taken back meanwhile: nothing is sent that is not on screen.
        if (codeOf(error) === 'message.unknown') await load();
      } finally {
        model.update({ busy: false });
      }
    },
  };
}

/** Opens it for a chat of this client; null when the chat is gone. */
export function reportingOf(client: Client, id: Conversation['id']): Reporting | null {
  const conversation = client.conversation(id);
  return conversation === null ? null : createReporting(conversation);
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

function textOf(error: unknown): string {
  const code = codeOf(error);
  return code === 'rate.limited' ? report.tooMany : words.error(code);
}
