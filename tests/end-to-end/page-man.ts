// The man in the middle between a page and the real server, neither of whom is changed: he has what the page calls and
// every frame of its socket, both ways.
import type { HttpRequest } from '@parley/sdk';
import type { Page, Route } from 'playwright-core';
import { inBackground } from '../../packages/sdk/src/background.ts';
import type { Ask, Man } from '../encryption/man.ts';

/** From here on he is the server for this page. Returns how to ask the real one with the session of the page. */
export async function standBefore(page: Page, url: string, man: Man): Promise<Ask> {
  await page.route(`${url}/v1/**`, (route) => between(route, url, man));
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    let isOpen = true;
    const close = (code: number, reason: string) => {
      isOpen = false;
      inBackground(Promise.all([server.close(), socket.close({ code, reason })]));
    };
    man.events = { onOpen() {}, onText: (text) => socket.send(text), onClose: close };
    socket.onMessage((text) => {
      const raised = man.raise(String(text));
      // What the page wrote before it heard of the end comes too late.
      if (isOpen) for (const one of raised) server.send(one);
    });
    server.onMessage((text) => {
      for (const one of man.lower(String(text))) socket.send(one);
    });
  });
  return async ({ method, path, body }) => {
    const response = await page.request.fetch(`${url}${path}`, {
      method,
      headers: ofThePage(url),
      ...(body !== undefined && { data: body }),
    });
    return { status: response.status(), body: parse(await response.text()) };
  };
}

async function between(route: Route, url: string, man: Man): Promise<void> {
  const request = route.request();
  const honest: Ask = async ({ method, path, body }) => {
    const headers = { ...(await request.allHeaders()), ...ofThePage(url) };
    const postData = body === undefined ? {} : { postData: JSON.stringify(body) };
    const response = await route.fetch({ method, url: `${url}${path}`, headers, ...postData });
    return { status: response.status(), body: parse(await response.text()) };
  };
  const method = request.method() as HttpRequest['method'];
  const path = request.url().slice(url.length);
  if (!man.answers.has(`${method} ${path.split('?')[0]}`)) return route.continue();
  const sent = request.postData();
  const answer = await man.answer({ method, path, ...(sent !== null && { body: parse(sent) }) }, honest);
  await route.fulfill({ status: answer.status, json: answer.body ?? null });
}

/** What the browser adds to a call of a page, and does not to what is asked in its place. */
const ofThePage = (url: string) => ({ origin: url, 'sec-fetch-site': 'same-origin' });

function parse(text: string): unknown {
  return text === '' ? null : JSON.parse(text);
}
