// A man in the middle: he is the server, as far as one client can tell. He rewrites answers and frames, keeps some back,
// and says what nobody said. What carries them between the client, him and the server is not his.
import assert from 'node:assert/strict';
import type { Envelope, FrameDown, FrameUp } from '@parley/protocol';
import type { HttpRequest, HttpResponse, SocketEvents } from '@parley/sdk';

export type Ask = (request: HttpRequest) => Promise<HttpResponse>;

/** The man between one client and the server. Honest until he is told what to do. */
export class Man {
  /** Asked before the server by `METHOD /path`, without the query. */
  readonly answers = new Map<string, (request: HttpRequest, honest: Ask) => Promise<HttpResponse> | HttpResponse>();
  /** What becomes of a frame of the server. */
  down: (frame: FrameDown) => readonly object[] = (frame) => [frame];
  /** What becomes of a frame of the client. */
  up: (frame: FrameUp) => readonly object[] = (frame) => [frame];
  readonly heard: FrameUp[] = [];
  /** Records as the server pushed them. */
  readonly records: Envelope[] = [];
  readonly frames = new Map<string, FrameDown>();
  events: SocketEvents | null = null;

  /** Puts another body in the place of what the server answers. */
  alter(route: string, change: (body: never, request: HttpRequest) => unknown): void {
    this.answers.set(route, async (request, honest) => {
      const answer = await honest(request);
      if (answer.status >= 300) return answer;
      return { status: 200, body: change(structuredClone(answer.body) as never, request) };
    });
  }

  /** The newest frame of a type that the server has sent. */
  last<T extends FrameDown>(type: T['type']): T {
    return (this.frames.get(type) ?? assert.fail(`no ${type}`)) as T;
  }

  /** The next message of somebody else arrives as something else. */
  alterNext(change: (record: Envelope) => object): void {
    this.down = (frame) => {
      if (frame.type !== 'message' || frame.content === undefined) return [frame];
      this.down = (one) => [one];
      return [change(frame)];
    };
  }

  honest(): void {
    this.answers.clear();
    this.down = (frame) => [frame];
    this.up = (frame) => [frame];
  }

  /** A call of the client is here: what it gets. */
  async answer(request: HttpRequest, honest: Ask): Promise<HttpResponse> {
    const act = this.answers.get(`${request.method} ${request.path.split('?')[0]}`);
    return act === undefined ? honest(request) : act(request, honest);
  }

  /** A frame of the server is here: what of it goes on to the client. */
  lower(text: string): readonly string[] {
    const frame = JSON.parse(text) as FrameDown;
    if (frame.type === 'message') this.records.push(frame);
    this.frames.set(frame.type, frame);
    // Of a frame that was left out as a whole there is nothing to say.
    return this.down(frame).flatMap((one: object | undefined) => (one === undefined ? [] : [JSON.stringify(one)]));
  }

  /** A frame of the client is here: what of it goes on to the server. */
  raise(text: string): readonly string[] {
    const frame = JSON.parse(text) as FrameUp;
    this.heard.push(frame);
    return this.up(frame).map((one) => JSON.stringify(one));
  }

  /** Says something to the client. */
  say(...frames: readonly object[]): void {
    for (const frame of frames) this.sayText(JSON.stringify(frame));
  }

  sayText(text: string): void {
    this.events?.onText(text);
  }
}
