// What every screen of a signed-in person can reach without handing it through each view.
import { createContext } from 'preact';
import type { App, Chats } from '../view-models/app.ts';

/** The app and the chats of the person who is signed in. */
export const AppContext = createContext<{ readonly app: App; readonly chats: Chats }>(null as never);
