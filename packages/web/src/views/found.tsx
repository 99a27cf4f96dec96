// What a search found beside the chats of that name: people to write to, and messages on this device.
import type { SearchHit } from '@parley/sdk';
import { useContext } from 'preact/hooks';
import { firstNameOf, titleOf } from '../view-models/names.ts';
import { whenInList, words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar, ChatAvatar } from './avatar.tsx';
import { SkeletonRows } from './skeleton.tsx';
import { useViewModel } from './use-view-model.ts';

/** Stands below the chats that were found. */
export function Found() {
  const { app, chats } = useContext(AppContext);
  const { people, hits, searching, chats: rows } = useViewModel(chats.list);
  const known = new Set(rows.map((chat) => chat.peer));
  const strangers = people.filter((person) => !known.has(person.account));
  if (searching && rows.length === 0) return <SkeletonRows count={4} />;
  if (!searching && rows.length + strangers.length + hits.length === 0)
    return (
      <p class="empty" role="status">
        {words.list.noHits}
      </p>
    );
  return (
    <>
      {strangers.length > 0 && <h2 class="list-heading">{words.list.peopleFound}</h2>}
      {strangers.map((person) => (
        <button
          type="button"
          class="chat-row"
          key={person.account}
          onClick={() => void chats.sheets.writeTo(person.account)}
        >
          <Avatar id={person.account} name={person.name} />
          <span class="chat-row-line">
            <span class="name" dir="auto">
              {person.name}
            </span>
          </span>
          <span class="chat-row-line">
            <span class="chat-row-last">@{person.handle}</span>
          </span>
        </button>
      ))}
      {hits.length > 0 && <h2 class="list-heading">{words.list.messagesFound}</h2>}
      {hits.map((hit) => (
        <Hit key={`${hit.conversation}/${hit.seq}`} hit={hit} onPress={() => app.show(hit.conversation, hit.seq)} />
      ))}
    </>
  );
}

function Hit({ hit, onPress }: { readonly hit: SearchHit; readonly onPress: () => void }) {
  const { chats } = useContext(AppContext);
  const chat = chats.client.conversation(hit.conversation)?.snapshot;
  if (chat === undefined) return null;
  return (
    <button type="button" class="chat-row" onClick={onPress}>
      <ChatAvatar chat={chat} />
      <span class="chat-row-line">
        <span class="name" dir="auto">
          {titleOf(chat)}
        </span>
        <time class="chat-row-time">{whenInList(hit.storedAt, Date.now())}</time>
      </span>
      <span class="chat-row-line">
        <span class="chat-row-last">
          <strong>{firstNameOf(chats.client, hit.sender)}: </strong>
          <span dir="auto">{hit.text}</span>
        </span>
      </span>
    </button>
  );
}
