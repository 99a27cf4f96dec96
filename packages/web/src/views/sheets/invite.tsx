// Links: to the server (both become contacts) or into one group or room. A link is shown once, with a code to scan.

import { useContext, useMemo, useState } from 'preact/hooks';
import encodeQr from 'qr';
import { fullTime, words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Dialog } from '../dialog.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Problem } from './problem.tsx';

/** Make, copy and revoke links. */
export function InviteSheet() {
  const { app, chats } = useContext(AppContext);
  const { sheet, link, invites, busy } = useViewModel(chats.sheets);
  const [copied, setCopied] = useState(false);
  const own = sheet?.type === 'invite';
  const address = link?.link ?? null;
  return (
    <Dialog title={own ? words.create.invite : words.info.links} onClose={() => chats.sheets.close()}>
      <p>{own ? words.create.inviteText : words.info.linkText}</p>
      {address === null ? (
        <button type="button" class="button primary" disabled={busy} onClick={() => void chats.sheets.makeLink()}>
          {own ? words.create.makeLink : words.info.createLink}
        </button>
      ) : (
        <div class="link-made">
          <Code text={address} />
          <input
            readOnly
            value={address}
            aria-label={words.create.invite}
            onFocus={(event) => event.currentTarget.select()}
          />
          <button
            type="button"
            class="button primary"
            onClick={() => void app.host.copy(address).then(() => setCopied(true))}
          >
            {copied ? words.copied : words.copy}
          </button>
        </div>
      )}
      <ul class="people">
        {invites?.map((invite) => (
          <li key={invite.invite} class="room-line">
            <span class="name">
              {invite.usesLeft === null ? words.info.links : words.settings.usesLeft(invite.usesLeft)}
              {invite.expiresAt !== null && <small>{fullTime(invite.expiresAt)}</small>}
            </span>
            <button type="button" class="button" onClick={() => void chats.sheets.revokeLink(invite)}>
              {words.info.revoke}
            </button>
          </li>
        ))}
      </ul>
      <Problem />
    </Dialog>
  );
}

function Code({ text }: { readonly text: string }) {
  const squares = useMemo(() => {
    const rows = encodeQr(text, 'raw');
    return {
      size: rows.length,
      path: rows.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : []))).join(''),
    };
  }, [text]);
  return (
    <svg class="code" viewBox={`0 0 ${squares.size} ${squares.size}`} role="img" aria-label={words.create.invite}>
      <title>{words.create.invite}</title>
      <path d={squares.path} />
    </svg>
  );
}
