// Open rooms of the server, and making one.
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { create } from '../../words/english-later.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Avatar } from '../avatar.tsx';
import { Dialog } from '../dialog.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Loading, Problem } from './problem.tsx';

/** The list of open rooms. */
export function RoomsSheet() {
  const { app, chats } = useContext(AppContext);
  const { rooms, roomsCursor, busy } = useViewModel(chats.sheets);
  return (
    <Dialog
      title={create.rooms}
      onClose={() => chats.sheets.close()}
      footer={
        <button type="button" class="button primary" onClick={() => chats.sheets.open({ type: 'new_room' })}>
          {create.newRoom}
        </button>
      }
    >
      <Loading rows={5} />
      {rooms?.length === 0 && <p class="empty">{create.noRooms}</p>}
      <ul class="people">
        {rooms?.map((room) => (
          <li key={room.id} class="room-line">
            <Avatar id={room.id} name={room.title} size={40} shape="hash" />
            <span class="name" dir="auto">
              {room.title}
              <small>
                {words.chat.members(room.memberCount)}
                {room.topic !== '' && ` · ${room.topic}`}
              </small>
            </span>
            <button
              type="button"
              class={room.member ? 'button' : 'button primary'}
              disabled={busy}
              onClick={() => {
                if (!room.member) return void chats.sheets.joinRoom(room.id);
                chats.sheets.close();
                app.show(room.id);
              }}
            >
              {room.member ? create.openRoom : create.join}
            </button>
          </li>
        ))}
      </ul>
      {roomsCursor !== null && (
        <button type="button" class="link-button" disabled={busy} onClick={() => void chats.sheets.moreRooms()}>
          {words.more}
        </button>
      )}
      <Problem />
    </Dialog>
  );
}

/** Name, topic and access of a new room. */
export function NewRoomSheet() {
  const { chats } = useContext(AppContext);
  const { busy } = useViewModel(chats.sheets);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const [room, setRoom] = useState({ title: '', topic: '', access: 'open' as 'open' | 'invite' });
  return (
    <Dialog
      title={create.newRoom}
      onClose={() => chats.sheets.close()}
      onBack={() => chats.sheets.open({ type: 'rooms' })}
      footer={
        <button
          type="button"
          class="button primary"
          disabled={busy || room.title.trim() === ''}
          onClick={() => void chats.sheets.createRoom(room)}
        >
          {create.createRoom}
        </button>
      }
    >
      <label class="field">
        <span>{create.roomName}</span>
        <input
          ref={field}
          value={room.title}
          maxLength={100}
          onInput={(event) => setRoom({ ...room, title: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>{create.roomTopic}</span>
        <input
          value={room.topic}
          maxLength={500}
          onInput={(event) => setRoom({ ...room, topic: event.currentTarget.value })}
        />
      </label>
      <fieldset class="choices">
        {(['open', 'invite'] as const).map((access) => (
          <label key={access}>
            <input
              type="radio"
              name="access"
              checked={room.access === access}
              onChange={() => setRoom({ ...room, access })}
            />
            {access === 'open' ? create.roomOpen : create.roomInvited}
          </label>
        ))}
      </fieldset>
      <p class="soft">{create.roomNote}</p>
      <Problem />
    </Dialog>
  );
}
