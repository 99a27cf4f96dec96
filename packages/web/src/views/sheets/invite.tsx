// Links: to the server (both become contacts) or into one group or room. A link is shown once, with a code to scan.
import { useContext, useRef, useState } from 'preact/hooks';
import { linkNote } from '../../view-models/link-note.ts';
import { create, pane } from '../../words/english-later.ts';
import { fullTime, words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Code } from '../code.tsx';
import { Dialog } from '../dialog.tsx';
import { useViewModel } from '../use-view-model.ts';
import { Loading, Problem } from './problem.tsx';

/** Make, copy and revoke links. */
export function InviteSheet() {
  const { chats } = useContext(AppContext);
  const { sheet, link, invites, busy } = useViewModel(chats.sheets);
  const own = sheet?.type === 'invite';
  const address = link?.link ?? null;
  const note = link === null ? null : linkNote(link);
  const [approval, setApproval] = useState(false);
  return (
    <Dialog title={own ? create.invite : pane.links} onClose={() => chats.sheets.close()}>
      <p>{own ? create.inviteText : approval ? words.invitations.approvalLink : pane.linkText}</p>
      {!own && address === null && <Approval on={approval} set={setApproval} />}
      {address === null ? (
        <button
          type="button"
          class="button primary"
          disabled={busy}
          onClick={() => void chats.sheets.makeLink(approval)}
        >
          {own ? create.makeLink : pane.createLink}
        </button>
      ) : (
        <Made address={address} />
      )}
      {note !== null && <p role="status">{note}</p>}
      <Problem />
      <Loading rows={1} />
      {invites !== null && invites.length > 0 && <h2 class="list-heading">{create.openLinks}</h2>}
      <ul class="people">
        {invites?.map((invite) => (
          <li key={invite.invite} class="room-line">
            <span class="name">
              {invite.usesLeft === null ? create.anyNumber : words.settings.usesLeft(invite.usesLeft)}
              {invite.expiresAt !== null && <small>{create.until(fullTime(invite.expiresAt))}</small>}
              {invite.approval && <small>{words.invitations.approval}</small>}
            </span>
            <button type="button" class="button" disabled={busy} onClick={() => void chats.sheets.revokeLink(invite)}>
              {pane.revoke}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Approval({ on, set }: { readonly on: boolean; readonly set: (on: boolean) => void }) {
  return (
    <label class="check-line">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} />
      <span>
        {words.invitations.approval}
        <small>{words.invitations.approvalText}</small>
      </span>
    </label>
  );
}

/** A link that was just made: to scan, to copy. */
function Made({ address }: { readonly address: string }) {
  const { app } = useContext(AppContext);
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = () =>
    app.host.copy(address).then(
      () => setCopied(true),
      // Where the clipboard is refused the link is marked, to be copied by hand.
      () => field.current?.select(),
    );
  return (
    <div class="link-made">
      <Code text={address} label={create.code} />
      <input
        ref={field}
        readOnly
        value={address}
        aria-label={create.invite}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button type="button" class="button primary" onClick={() => void copy()}>
        {copied ? words.copied : words.copy}
      </button>
    </div>
  );
}
