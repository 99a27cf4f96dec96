// Between the messages and the composer: what is wrong with the history of this chat, or with the list of who is in it.
import { useContext } from 'preact/hooks';
import type { OpenConversation, OpenConversationView } from '../view-models/conversation.ts';
import { differencesIn } from '../view-models/differences.ts';
import { AppContext } from './app-context.ts';

/** They stay as long as it is so. */
export function DifferenceLines({
  open,
  view,
}: {
  readonly open: OpenConversation;
  readonly view: OpenConversationView;
}) {
  const { host } = useContext(AppContext).app;
  return (
    <>
      {differencesIn(open.client, view.chat, host.now()).map((text) => (
        <div class="identity-line" role="status" key={text}>
          <p>{text}</p>
        </div>
      ))}
    </>
  );
}
