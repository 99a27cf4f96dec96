// The digits that two people compare, and the codes that they scan. One look holds for all devices of both.
import { useContext, useEffect } from 'preact/hooks';
import { inBackground } from '../../view-models/background.ts';
import { groupsOf } from '../../view-models/identities.ts';
import { nameOf } from '../../view-models/names.ts';
import { scanned as saysOf } from '../../words/english-later.ts';
import { words } from '../../words/words.ts';
import { AppContext } from '../app-context.ts';
import { Code } from '../code.tsx';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icon.tsx';
import { Scanner } from '../scanner.tsx';
import { useViewModel } from '../use-view-model.ts';

/** Of one person. */
export function CompareCodesSheet() {
  const { chats } = useContext(AppContext);
  const { sheet } = useViewModel(chats.sheets);
  const { identities } = chats.encryption;
  const { known, news, scanned, busy, error } = useViewModel(identities);
  const account = sheet?.type === 'compare_codes' ? sheet.account : null;
  useEffect(() => {
    if (account !== null) identities.watch(account);
  }, [account]);
  if (account === null) return null;
  const identity = known.get(account);
  const name = nameOf(chats.client, account);
  const texts = words.encryption.identity;
  const confirm = async () => {
    if (await identities.confirm(account)) chats.sheets.close();
  };
  const accept = async () => {
    if (await identities.accept(account)) chats.sheets.close();
  };
  return (
    <Dialog
      title={texts.title(name)}
      onClose={() => chats.sheets.close()}
      footer={
        identity?.code && identity.state !== 'confirmed' ? (
          <button type="button" class="button primary" disabled={busy} onClick={() => inBackground(confirm())}>
            {texts.same}
          </button>
        ) : undefined
      }
    >
      {identity?.state === 'confirmed' && (
        <p class="well">
          <Icon name="check" />
          {texts.confirmed}
        </p>
      )}
      {identity?.code ? (
        <>
          <p>{texts.text(name)}</p>
          <ol class="code-digits" aria-label={texts.digits}>
            {groupsOf(identity.code.digits).map((group, index) => (
              <li key={index}>{group}</li>
            ))}
          </ol>
          <Code text={identity.code.qr} label={texts.qr} />
          <Scanner
            label={texts.scan(name)}
            disabled={busy}
            found={(text) => inBackground(identities.scan(account, text))}
          />
          {scanned?.account === account && (
            <p class={scanned.result === 'match' ? 'well' : 'problem'} role="alert">
              {saysOf[scanned.result](name)}
            </p>
          )}
          <p class="soft">{texts.different(name)}</p>
        </>
      ) : (
        <p>{texts.noCode(name)}</p>
      )}
      {news.has(account) && (
        <button type="button" class="button" disabled={busy} onClick={() => inBackground(accept())}>
          {texts.accept}
        </button>
      )}
      {error !== null && (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}
