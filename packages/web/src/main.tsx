// Starts the page: platform, app, first drawing. Nothing else happens at import anywhere in the web app.
import { connect, entrance, keysAhead } from '@parley/sdk/web';
import { render } from 'preact';
import { browserHost, keepApp, sayWhetherWatched } from './host.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/screens.css';
import './styles/messages.css';
import './styles/invitations.css';
import './styles/encryption.css';
import { createApp } from './view-models/app.ts';
import { AppView } from './views/app.tsx';

sayWhetherWatched();
const keys = keysAhead();
const app = createApp(
  {
    entrance: entrance(null, keys),
    connect: (account) => connect(account === undefined ? { keys } : { keys, account }),
  },
  browserHost(),
);
/** What the chats need on the screen comes first. */
const keepAfterMs = 5_000;
const stop = app.subscribe(() => {
  if (app.snapshot.screen !== 'chats') return;
  stop();
  setTimeout(keepApp, keepAfterMs);
});
const root = document.getElementById('app');
if (root !== null) render(<AppView app={app} />, root);
