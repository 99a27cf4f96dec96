// Whether somebody is online: asked by whoever draws them, so that a change of one person draws one row again.
import type { AccountId } from '@parley/protocol';
import { useContext, useLayoutEffect, useState } from 'preact/hooks';
import { AppContext } from './app-context.ts';

/** Is this person online, as far as it is known? Nobody is not. */
export function useOnline(account: AccountId | null): boolean {
  const { presence } = useContext(AppContext).chats.client;
  const now = () => account !== null && presence.get(account)?.state === 'online';
  const [, setOnline] = useState(now);
  useLayoutEffect(() => {
    setOnline(now());
    return presence.subscribe(() => setOnline(now()));
  }, [presence, account]);
  return now();
}
