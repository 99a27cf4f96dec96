// The screens of the app as a person of the town comes to them, one after the other, for whoever looks at them all.
import type { Page } from 'playwright-core';
import type { Size } from './browser.ts';
import { about, act, bubble, chat, choose, closeSheet, composer, openActions } from './page.ts';
import type { Town } from './town.ts';

/** Something that can be seen, and the way there and back. */
export interface Screen {
  readonly name: string;
  readonly open: (page: Page, size: Size, town: Town) => Promise<unknown>;
  readonly close?: (page: Page, size: Size) => Promise<unknown>;
  readonly isSheet?: true;
}

/** Phones have one pane at a time. */
export const back = async (page: Page, size: Size) => {
  if (size === 'phone') await page.getByRole('button', { name: 'Back' }).last().click();
};
const sheet = (name: string, open: (page: Page) => Promise<unknown>): Screen => ({
  name,
  open: async (page) => {
    await open(page);
    await page.getByRole('dialog').waitFor();
  },
  close: closeSheet,
  isSheet: true,
});
const openAbout = async (page: Page) => {
  await page.getByRole('button', { name: 'About this chat', exact: true }).click();
  await about(page).waitFor();
};
const closeAbout = async (page: Page, size: Size) => {
  if (size === 'phone') await about(page).getByRole('button', { name: 'Back' }).click();
  else await page.getByRole('button', { name: 'About this chat', exact: true }).click();
  await back(page, size);
};
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search people and messages' });

/** All of them, in an order that leads from one to the next. */
export const screens: readonly Screen[] = [
  { name: 'list', open: async (page) => chat(page, 'Mara Lindqvist').waitFor() },
  {
    name: 'list-requests',
    open: async (page) => {
      await page.getByRole('button', { name: '1 request' }).click();
      await chat(page, 'Kai Tanaka').waitFor();
    },
  },
  {
    name: 'request',
    open: async (page) => {
      await chat(page, 'Kai Tanaka').click();
      await page.getByText('Kai Tanaka wants to write to you.').waitFor();
    },
    close: async (page, size) => {
      await back(page, size);
      await page.getByRole('button', { name: 'All', exact: true }).click();
    },
  },
  {
    name: 'search',
    open: async (page) => {
      await search(page).fill('sa');
      await page.getByRole('heading', { name: 'Messages' }).waitFor();
    },
    close: async (page) => page.getByRole('button', { name: 'Clear search' }).click(),
  },
  {
    name: 'search-nothing',
    open: async (page) => {
      await search(page).fill('nothing of the kind');
      await page.getByText('Nothing found.').waitFor();
    },
    close: async (page) => page.getByRole('button', { name: 'Clear search' }).click(),
  },
  {
    name: 'menu',
    open: async (page) => page.getByRole('button', { name: 'Menu', exact: true }).click(),
    close: async (page) => page.keyboard.press('Escape'),
  },
  sheet('new-chat', (page) => page.getByRole('button', { name: 'New chat' }).click()),
  sheet('new-group', async (page) => {
    await choose(page, 'New group');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Lin Okafor/ })
      .click();
  }),
  sheet('rooms', async (page) => {
    await choose(page, 'Browse rooms');
    await page.getByText('Questions about this server').waitFor();
  }),
  sheet('new-room', async (page) => {
    await choose(page, 'Browse rooms');
    await page.getByRole('button', { name: 'New room' }).click();
  }),
  sheet('invite', async (page) => {
    await choose(page, 'Invite somebody');
    await page.getByRole('button', { name: 'Make a link' }).click();
    await page.getByRole('img', { name: 'The link as a code to scan' }).waitFor();
  }),
  sheet('settings', async (page) => {
    await choose(page, 'Settings');
    await page.getByText('This device', { exact: true }).waitFor();
  }),
  sheet('starred', async (page) => {
    await choose(page, 'Starred messages');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Which day suits you/ })
      .waitFor();
  }),
  {
    name: 'group',
    open: async (page, _, town) => {
      await chat(page, 'River trip').click();
      await bubble(page, 'Bring the dry bags').waitFor();
      (await town.chat('lin', 'River trip')).typing();
      await page.locator('.conversation-header').getByText('Lin is typing…').waitFor();
    },
  },
  {
    name: 'message-menu',
    open: async (page) => openActions(page, 'Perfect. I booked'),
    close: async (page) => page.keyboard.press('Escape'),
  },
  sheet('message-info', async (page) => {
    await act(page, 'Perfect. I booked', 'Info');
    await page.getByText('Read by').waitFor();
  }),
  sheet('forward', (page) => act(page, 'Perfect. I booked', 'Forward')),
  {
    name: 'delete',
    open: async (page) => act(page, 'Perfect. I booked', 'Delete'),
    close: async (page) => page.getByRole('button', { name: 'Cancel' }).click(),
  },
  {
    name: 'reply',
    open: async (page) => act(page, 'Who brings lunch?', 'Reply'),
    close: async (page) => composer(page).press('Escape'),
  },
  {
    name: 'mention',
    open: async (page) => {
      await composer(page).pressSequentially('@');
      await page.getByRole('option').first().waitFor();
    },
    close: async (page) => composer(page).fill(''),
  },
  {
    name: 'emoji',
    open: async (page) => {
      await page.getByRole('button', { name: 'Emoji', exact: true }).click();
      await page.getByRole('button', { name: 'grinning face', exact: true }).waitFor();
    },
    close: async (page) => page.getByRole('button', { name: 'Emoji', exact: true }).click(),
  },
  {
    name: 'find',
    open: async (page) => {
      await page.getByRole('button', { name: 'Search in this chat' }).click();
      await page.getByRole('searchbox', { name: 'Search in this chat' }).fill('the');
      await page.getByText(/1 of \d/).waitFor();
    },
    close: async (page) => page.getByRole('button', { name: 'Close search' }).click(),
  },
  {
    name: 'group-info',
    open: async (page) => {
      await openAbout(page);
      await about(page)
        .getByRole('button', { name: /Jonas Weber/ })
        .waitFor();
    },
    close: closeAbout,
  },
  {
    name: 'everything',
    open: async (page) => {
      await chat(page, 'Ada Moreau').click();
      await bubble(page, 'Saturday then, at ten').waitFor();
    },
  },
  { name: 'direct-info', open: openAbout, close: closeAbout },
  {
    name: 'room',
    open: async (page) => {
      await chat(page, 'Help desk').click();
      await bubble(page, /Answer/)
        .first()
        .waitFor();
    },
  },
  { name: 'room-info', open: openAbout, close: closeAbout },
  {
    name: 'notes',
    open: async (page) => {
      await chat(page, 'Notes to self').click();
      await bubble(page, 'Train 8:14').waitFor();
    },
    close: back,
  },
];

/** Puts every kind of message into the chat with Ada. */
export async function showEverything(town: Town): Promise<void> {
  const [mine, hers] = [await town.chat('ana', 'ada'), await town.chat('ada', 'ana')];
  const place = async (text: string, from = hers) => (await from.send(text)).placed();
  await place('*bold*, _slanted_, ~struck~, `code` and https://example.org/a/long/address?with=questions');
  await place('```\nfor (const boat of boats) boat.float();\n```');
  const first = await place('Which day suits you?');
  await (await mine.send('Saturday', { replyTo: first })).placed();
  await (await mine.sendPoll('Which day?', ['Friday', 'Saturday', 'Sunday'])).placed();
  const wrong = await place('Saturday then, at nine', mine);
  await (await mine.edit(wrong, 'Saturday then, at ten')).reached('sent');
  const gone = await place('Never mind', mine);
  await (await mine.deleteForEveryone(gone)).reached('sent');
  await (await hers.react(wrong, '👍')).reached('sent');
  await mine.star(first, true);
  const [forwarded] = await mine.forward(first, [mine.id]);
  await forwarded?.placed();
  await (await mine.pin(wrong, true)).reached('sent');
}
