// Keeps the built app, so that it opens without a network, and so that what is needed later is there by then. The page
// itself comes from the server wherever it can: what is kept is only shown when nothing answers. It must never touch
// anything but the page and the files of the build. [WEB180]
// It is a script of its own: the build puts the files and the name of what is kept in front of it.
declare const files: readonly string[];
declare const keptAs: string;

/** What a worker of this kind has; the types of a page do not have it. */
interface Waits extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asks extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare function skipWaiting(): Promise<void>;
declare const clients: { claim(): Promise<void> };

/** So long a page is waited for where something is kept. Milliseconds. */
const pageMs = 4_000;
/** Builds that are kept: a page that is open may be of the one before. */
const mostBuilds = 2;
const appPage = /^\/($|i$|setup$|c($|\/)|settings($|\/))/;
const ofApp = 'parley-app-';

addEventListener('install', (event) => (event as Waits).waitUntil(keep().then(skipWaiting)));
addEventListener('activate', (event) => (event as Waits).waitUntil(forgetOlder().then(() => clients.claim())));
addEventListener('fetch', (event) => {
  const asks = event as Asks;
  const { request } = asks;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (pathname.startsWith('/assets/')) asks.respondWith(kept(request).then((found) => found ?? fetch(request)));
  else if (request.mode === 'navigate' && appPage.test(pathname)) asks.respondWith(page(request));
});

async function keep(): Promise<void> {
  const cache = await caches.open(keptAs);
  for (const file of files) {
    // A file of this name never changes.
    const before = await kept(file);
    await (before === undefined ? cache.add(file) : cache.put(file, before));
  }
  await cache.add(new Request('/', { cache: 'no-cache' }));
}

async function forgetOlder(): Promise<void> {
  const builds = (await caches.keys()).filter((name) => name.startsWith(ofApp) && name !== keptAs);
  for (const name of builds.slice(0, Math.max(0, builds.length - mostBuilds + 1))) await caches.delete(name);
}

async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(pageMs) });
    // A proxy whose server is away.
    return answer.status >= 502 && answer.status <= 504 ? ((await keptPage()) ?? answer) : answer;
  } catch (error) {
    const found = await keptPage();
    if (found !== undefined) return found;
    throw error;
  }
}

async function keptPage(): Promise<Response | undefined> {
  return (await caches.open(keptAs)).match('/', { ignoreVary: true });
}

function kept(file: RequestInfo): Promise<Response | undefined> {
  return caches.match(file, { ignoreVary: true });
}
