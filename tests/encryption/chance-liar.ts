// A hostile server that alters what it says by chance, for tests: answers and frames about keys, and frames that carry
// messages, pages of history, lists of what changed, receipts and answers. From a seed, so that it can be done again.
import type { FrameDown } from '@parley/protocol';
import type { HttpRequest, HttpResponse } from '@parley/sdk';
import fc from 'fast-check';
import { altered, type Change, changes } from './alterations.ts';
import type { Man } from './man.ts';

/** Of so many frames one is altered: the others let the client get where the next can do harm. */
const oneOf = 2;

const keyRoutes: ReadonlySet<string> = new Set([
  'POST /v1/keys/query',
  'POST /v1/keys/claim',
  'GET /v1/keys/changes',
  'POST /v1/keys/upload',
  'POST /v1/keys/signatures',
  'POST /v1/to-device',
  'GET /v1/vault',
  'POST /v1/backup/query',
  'POST /v1/backup',
  'GET /v1/backup',
]);

const hostile: ReadonlySet<FrameDown['type']> = new Set([
  'message',
  'messages',
  'changes',
  'receipt',
  'sent',
  'rejected',
  'error',
]);

/** What is done to a frame as a whole, or (null) to a part of it. */
const acts = fc.record({
  whole: fc.oneof(
    { weight: 6, arbitrary: fc.constant(null) },
    { weight: 4, arbitrary: fc.constantFrom('lost', 'repeated', 'swapped', 'torn', 'late') },
  ),
  change: changes,
});
type Act = typeof acts extends fc.Arbitrary<infer T> ? T : never;

/** So many changes of what is said about keys. */
export const keyChanges = (seed: number, count: number): Change[] => [...fc.sample(changes, { seed, numRuns: count })];

/** So many acts on other frames. */
export const frameActs = (seed: number, count: number): Act[] => [...fc.sample(acts, { seed, numRuns: count })];

/** The man alters whatever is about keys for as long as there are changes. */
export function altersKeys(man: Man, next: () => Change | undefined): void {
  const answer = async (request: HttpRequest, honest: (request: HttpRequest) => Promise<HttpResponse>) => {
    const { status, body } = await honest(request);
    const change = next();
    if (change?.how === 'refused') return { status: 400 + (change.at % 200), body: altered(body, change) };
    return { status, body: change === undefined ? body : altered(body, change) };
  };
  for (const route of keyRoutes) man.answers.set(route, answer);
  let kept: object[] = [];
  man.down = (frame) => {
    if (frame.type !== 'to_device' && frame.type !== 'keys') return [frame];
    const change = next();
    if (change === undefined) return [frame];
    // Turned around: it comes after the next one.
    if (change.how === 'turned around' && kept.length === 0) {
      kept = [frame];
      return [];
    }
    const frames = [altered(frame, change) as object, ...kept];
    kept = [];
    return change.how === 'repeated' ? [...frames, frame, frame] : frames;
  };
}

/** The man alters other frames for as long as there are acts. */
export function altersFrames(man: Man, next: () => Act | undefined): void {
  let counted = 0;
  let kept: object[] = [];
  const lastOf = new Map<string, object>();
  man.down = (frame) => {
    if (!hostile.has(frame.type) || ++counted % oneOf !== 0) return [frame, ...kept.splice(0)];
    const act = next();
    if (act === undefined) return [frame, ...kept.splice(0)];
    const before = lastOf.get(frame.type) ?? frame;
    lastOf.set(frame.type, frame);
    switch (act.whole) {
      case 'lost':
        return [];
      case 'repeated':
        return [frame, frame, before];
      case 'late':
        kept = [...kept, frame];
        return [];
      case 'swapped':
        return [swapped(frame, before, act.change)];
      case 'torn': {
        const text = JSON.stringify(frame);
        man.sayText(text.slice(0, act.change.at % text.length));
        return [];
      }
      default:
        return [altered(frame, act.change) as object];
    }
  };
}

/** With one part of an earlier frame of its kind in it. */
function swapped(frame: object, before: object, { at }: Change): object {
  const names = Object.keys(before).filter((name) => name !== 'type');
  const name = names[at % names.length] as keyof typeof before;
  return { ...frame, [name]: before[name] };
}
