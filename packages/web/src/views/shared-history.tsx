// Earlier messages that somebody shared with who came in: to be read only, under who shared them, folded until asked for.
import type { Client, MessageView, SharedView } from '@parley/sdk';
import { nameOf } from '../view-models/names.ts';
import { fullTime, words } from '../words/words.ts';

interface SharedRow {
  readonly client: Client;
  readonly message: MessageView;
  readonly shared: SharedView;
}

/** The row: what was shared for this account, else only that something was. */
export function Shared({ client, message, shared }: SharedRow) {
  const texts = words.invitations;
  const [name, subject] = [nameOf(client, message.sender), nameOf(client, shared.subject)];
  const heading = texts.shared(name, subject, shared.items.length);
  if (shared.items.length === 0) return <p class="row-system">{heading}</p>;
  return (
    <details class="row-shared">
      <summary>{shared.parts > 1 ? `${heading} (${shared.part}/${shared.parts})` : heading}</summary>
      <p class="soft">{texts.sharedText(name)}</p>
      <ul>
        {shared.items.map(({ sender, at, text }) => (
          <li key={`${at} ${sender} ${text}`}>
            <strong dir="auto">{nameOf(client, sender)}</strong>{' '}
            <time dateTime={new Date(at).toISOString()}>{fullTime(at)}</time>
            <div dir="auto">{text}</div>
          </li>
        ))}
      </ul>
    </details>
  );
}
