// Bugs of a server, planted: each is what a plausible mistake would do, put around or into a real part from outside.
import type { FrameDown } from '@parley/protocol';
import { typingExpiresMs } from '@parley/protocol/limits';
import type { Hint } from '../../packages/server/src/bus/bus.ts';
import { Hub } from '../../packages/server/src/gateway/hub.ts';
import { Marks } from '../../packages/server/src/messages/marks.ts';
import { Settings } from '../../packages/server/src/messages/settings.ts';
import { Overlay } from '../../packages/server/src/sequencer/overlay.ts';
import { SliceView } from '../../packages/server/src/sequencer/slice-view.ts';
import type { Write } from '../../packages/server/src/store/store.ts';
import { patched } from './patched.ts';
import type { Plant } from './plants.ts';

/** `sent` before the record is on disk. */
const ackBeforeSync: Plant = {
  name: 'ack-before-sync',
  says: 'the log answers an append before the batch is synced',
  log: (log) =>
    new Proxy(log, {
      get(target, name) {
        if (name === 'append')
          return (...given: Parameters<typeof target.append>) => {
            target.append(...given).catch(() => {});
            return Promise.resolve(target.end(0));
          };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    }),
};

const noDeduplication: Plant = {
  name: 'no-deduplication',
  says: 'a record that was applied before is applied again when it is sent again',
  patch: () => patched(SliceView, 'id', () => () => undefined),
};

const busOnly: Plant = {
  name: 'bus-only',
  says: 'what the bus has lost shows in no heartbeat',
  service: (service) => {
    Object.assign(service.socketParts.handlers, { changeCounter: async () => '0' });
  },
};

const watermarkLastWrite: Plant = {
  name: 'watermark-last-write',
  says: 'a watermark is what was said last, not the highest that was said',
  patch: () =>
    patched(
      Marks,
      'raise',
      (raise) =>
        function (this: Marks, ...given: Parameters<Marks['raise']>) {
          const [conversation, account, delivered, read] = given;
          const held = this.peek(conversation, account);
          if (held !== undefined && held.delivered > 0)
            Object.assign(held, { delivered: delivered - 1, read: read - 1 });
          return raise.apply(this, given);
        },
    ),
};

/** Recipients as they were when the conversation was first heard of. */
const staleMembers: Plant = {
  name: 'stale-member-list',
  says: 'a gateway goes on handing out to who was a member once',
  patch: () =>
    patched(
      Hub,
      'deliver',
      (deliver) =>
        function (this: Hub, hint: Hint) {
          const known = recipientsOf(this);
          if (hint.type !== 'envelope' || hint.recipients === null) return deliver.call(this, hint);
          const all = new Set([...(known.get(hint.conversation) ?? []), ...hint.recipients]);
          known.set(hint.conversation, all);
          return deliver.call(this, { ...hint, recipients: [...all] });
        },
    ),
};

const hubs = new WeakMap<Hub, Map<string, Set<Extract<Hint, { type: 'envelope' }>['sender']>>>();

function recipientsOf(hub: Hub) {
  let known = hubs.get(hub);
  if (known === undefined) {
    known = new Map();
    hubs.set(hub, known);
  }
  return known;
}

const resumeOffByOne: Plant = {
  name: 'resume-off-by-one',
  says: 'a page begins one record too late',
  patch: () =>
    patched(
      Overlay,
      'list',
      (list) =>
        function (this: Overlay, ...given: Parameters<Overlay['list']>) {
          const [table, range] = given;
          const [after] = range.after ?? [];
          if (table !== 'messages' || range.reverse === true || typeof after !== 'number' || after === 0)
            return list.apply(this, given);
          return list.apply(this, [table, { ...range, after: [after + 1] }]);
        } as Overlay['list'],
    ),
};

const deleteNotBlanked: Plant = {
  name: 'delete-not-blanked',
  says: 'the store keeps the content of what was deleted',
  store: (store) =>
    new Proxy(store, {
      get(target, name) {
        if (name === 'commit')
          return (...[writes, applied]: Parameters<typeof target.commit>) =>
            target.commit(
              writes.filter((write) => !isBlanking(write)),
              applied,
            );
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    }),
};

function isBlanking(write: Write): boolean {
  return write.table === 'messages' && write.row.deletedBy !== null;
}

/** Nothing on a screen shows it: only what others have seen does. */
const pageWithoutAnswers: Plant = {
  name: 'page-without-answers',
  says: 'a page leaves out the records of which nothing is shown',
  service: (service) => {
    const { handlers } = service.socketParts;
    const sync = handlers.sync.bind(handlers);
    Object.assign(handlers, {
      sync: async (...given: Parameters<typeof sync>) => {
        const answer = await sync(...given);
        if (!answer.ok) return answer;
        const frame = JSON.parse(Buffer.from(answer.value).toString()) as FrameDown;
        if (frame.type !== 'messages') return answer;
        const items = frame.items.filter(({ change }) => change === undefined || !silent.includes(change.action));
        return { ok: true, value: Buffer.from(JSON.stringify({ ...frame, items })) };
      },
    });
  },
};
const silent: readonly string[] = ['accept', 'invite', 'revoke_invite'];

const presenceOfHidden: Plant = {
  name: 'presence-of-hidden',
  says: 'the audience that somebody has chosen for being online is not asked',
  patch: () =>
    patched(
      Settings,
      'of',
      (of) =>
        async function (this: Settings, account) {
          return { ...(await of.call(this, account)), presence: 'everyone' };
        },
    ),
};

const typingNeverEnds: Plant = {
  name: 'typing-never-ends',
  says: 'the timer that ends "is typing" is not set',
  clockOf: (clock) => ({
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    steady: clock.steady,
    after: (delayMs, task) => (delayMs === typingExpiresMs ? () => {} : clock.after(delayMs, task)),
  }),
};

/** Bugs of the server, and one timer of a device. */
export const serverPlants: readonly Plant[] = [
  ackBeforeSync,
  noDeduplication,
  busOnly,
  watermarkLastWrite,
  staleMembers,
  resumeOffByOne,
  deleteNotBlanked,
  pageWithoutAnswers,
  presenceOfHidden,
  typingNeverEnds,
];
