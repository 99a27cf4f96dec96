// The name of a chat in its pane; whoever leads a group or room can change it, and what a room is about.
import { useState } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { create, pane } from '../words/english-later.ts';
import { words } from '../words/words.ts';
import { Icon } from './icon.tsx';
import { useViewModel } from './use-view-model.ts';

/** What is being changed. */
interface Form {
  readonly title: string;
  readonly topic: string;
  readonly access: 'open' | 'invite';
}

/** The name, or the form for another one. */
export function InfoTitle({ open, editable }: { readonly open: OpenConversation; readonly editable: boolean }) {
  const { title, chat } = useViewModel(open);
  const [form, setForm] = useState<Form | null>(null);
  if (form === null) {
    const start = () => setForm({ title, topic: chat.topic, access: chat.access ?? 'invite' });
    return (
      <h1 class="info-title" dir="auto">
        {title}
        {editable && (
          <button type="button" class="icon-button small" aria-label={pane.rename} title={pane.rename} onClick={start}>
            <Icon name="pencil" size={16} />
          </button>
        )}
      </h1>
    );
  }
  const room = chat.kind === 'room';
  const save = () => {
    const wanted = form.title.trim();
    const changes = {
      ...(wanted !== '' && wanted !== title ? { title: wanted } : {}),
      ...(room && form.topic.trim() !== chat.topic ? { topic: form.topic.trim() } : {}),
      ...(room && form.access !== chat.access ? { access: form.access } : {}),
    };
    if (Object.keys(changes).length > 0) open.run(open.conversation.update(changes));
    setForm(null);
  };
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        setForm(null);
      }}
    >
      <label class="field">
        <span>{room ? pane.roomName : pane.groupName}</span>
        <input
          value={form.title}
          maxLength={100}
          onInput={(event) => setForm({ ...form, title: event.currentTarget.value })}
          ref={(element) => {
            if (element !== null && !element.form?.contains(document.activeElement)) element.focus();
          }}
        />
      </label>
      {room && <RoomFields form={form} change={setForm} />}
      <div class="form-buttons">
        <button type="button" class="button" onClick={() => setForm(null)}>
          {words.cancel}
        </button>
        <button type="submit" class="button primary">
          {words.save}
        </button>
      </div>
    </form>
  );
}

function RoomFields({ form, change }: { readonly form: Form; readonly change: (form: Form) => void }) {
  return (
    <>
      <label class="field">
        <span>{pane.topic}</span>
        <input
          value={form.topic}
          maxLength={500}
          onInput={(event) => change({ ...form, topic: event.currentTarget.value })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={form.access === 'open'}
          onChange={(event) => change({ ...form, access: event.currentTarget.checked ? 'open' : 'invite' })}
        />
        {create.roomOpen}
      </label>
    </>
  );
}
