// The browser as the view-models see it: address, attention, timers, clipboard, badge.
import { systemNotices } from './system-notices.ts';
import { inBackground } from './view-models/background.ts';
import type { Host } from './view-models/host.ts';
import { createSteps } from './view-models/steps.ts';
import { words } from './words/words.ts';

/** The host of this page. */
export const browserHost = (): Host => ({
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  ...createSteps(history, (listener) => addEventListener('popstate', listener)),
  place: () => ({ path: location.pathname, fragment: location.hash.slice(1) }),
  wide: () => matchMedia('(width >= 1180px)').matches,
  attentive: () => document.visibilityState === 'visible' && document.hasFocus(),
  watched: async () => (await navigator.locks.query()).held?.some(({ name }) => name === watchedLock) ?? false,
  onAttention: (listener) => {
    const stops = [listen(window, 'focus', listener), listen(document, 'visibilitychange', listener)];
    return () => {
      for (const stop of stops) stop();
    };
  },
  onNetwork: (listener) => {
    const stops = [
      listen(window, 'online', () => listener(true)),
      listen(window, 'offline', () => listener(false)),
      listen(document, 'visibilitychange', () => {
        if (document.visibilityState === 'visible') listener(navigator.onLine);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  },
  copy: (text) => navigator.clipboard.writeText(text),
  pick: (below) => {
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    return random % below;
  },
  badge: (unread) => {
    document.title = unread > 0 ? `(${unread}) ${words.app}` : words.app;
    if ('setAppBadge' in navigator)
      void (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(ignoreBadge);
  },
  notices: systemNotices(),
  kept: (name) => localStorage.getItem(`parley.${name}`),
  keep: (name, value) => localStorage.setItem(`parley.${name}`, value),
  onKept: (listener) => listen(window, 'storage', listener),
  deviceName: () => deviceName(navigator.userAgent),
});

/** Sees to it that the app opens without a network, too. A nicety: where the platform refuses it there is nothing to do. */
export function keepApp(): void {
  navigator.serviceWorker?.register('/service-worker.js').catch(() => {});
}

/** Held by every visible page, so that one that is not knows of them. A page that crashes holds nothing. */
const watchedLock = 'parley.watched';

/** Says to the other pages whether somebody sees this one, from now on. */
export function sayWhetherWatched(): void {
  // Over plain http there are no locks, and no notifications either.
  if (!isSecureContext) return;
  let release: (() => void) | null = null;
  const say = () => {
    if (document.visibilityState !== 'visible') {
      release?.();
      release = null;
    } else if (release === null) {
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      inBackground(navigator.locks.request(watchedLock, { mode: 'shared' }, () => until));
    }
  };
  say();
  listen(document, 'visibilitychange', say);
}

/** A badge is a nicety: where the platform refuses it there is nothing to do. */
function ignoreBadge(): void {}

function listen(target: EventTarget, name: string, listener: () => void): () => void {
  target.addEventListener(name, listener);
  return () => target.removeEventListener(name, listener);
}

/** Such as "Firefox on Linux". */
export function deviceName(agent: string): string {
  const browser = /Edg\//.test(agent)
    ? 'Edge'
    : /Firefox\//.test(agent)
      ? 'Firefox'
      : /Chrom(e|ium)\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Browser';
  const system = /Android/.test(agent)
    ? 'Android'
    : /iPhone|iPad/.test(agent)
      ? 'iOS'
      : /Windows/.test(agent)
        ? 'Windows'
        : /Mac OS/.test(agent)
          ? 'macOS'
          : /Linux/.test(agent)
            ? 'Linux'
            : 'a computer';
  return `${browser} on ${system}`;
}
