// Who is in a group or room, with their roles and what may be done with them.
import type { AccountId } from '@parley/protocol';
import type { MemberView } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { OpenConversation } from '../view-models/conversation.ts';
import { nameOf, pictureNameOf } from '../view-models/names.ts';
import { members as texts } from '../words/english-later.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar } from './avatar.tsx';
import { Confirm } from './dialog.tsx';
import { Failure } from './failure.tsx';
import type { InfoMenu } from './info-pane.tsx';
import type { MenuItem } from './menu.tsx';
import { below } from './place.ts';
import { SkeletonRows } from './skeleton.tsx';
import { useViewModel } from './use-view-model.ts';

interface MembersOf {
  readonly open: OpenConversation;
  readonly leads: boolean;
  readonly owner: boolean;
  readonly showMenu: (menu: InfoMenu) => void;
}

/** What is not done in one press. */
interface Asked {
  readonly about: 'owner' | 'remove';
  readonly account: AccountId;
}

/** The list of members; rooms come in pages. */
export function InfoMembers({ open, leads, owner, showMenu }: MembersOf) {
  const { chats } = useContext(AppContext);
  const { members } = open.conversation;
  const { items, more, loaded } = useViewModel(members);
  const [failed, setFailed] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const own = chats.client.me.snapshot.account;
  const load = () => {
    setFailed(false);
    members.load().catch(() => setFailed(true));
  };
  useEffect(() => {
    if (!loaded) load();
  }, [members, loaded]);
  return (
    <section class="info-members">
      <h2>{texts.title}</h2>
      {failed && <Failure text={texts.failed} retry={load} />}
      {!loaded && !failed && items.length === 0 && <SkeletonRows count={4} small />}
      <ul>
        {items.map((member) => (
          <li key={member.account}>
            <button
              type="button"
              class="member"
              disabled={member.account === own}
              aria-haspopup="menu"
              onClick={(event) =>
                showMenu({
                  at: below(event.currentTarget),
                  items: itemsFor(member, { open, leads, owner }, { writeTo, ask: setAsked }),
                })
              }
            >
              <Avatar id={member.account} name={pictureNameOf(chats.client, member.account)} size={36} />
              <span class="name" dir="auto">
                {nameOf(chats.client, member.account)}
              </span>
              {member.role !== 'member' && <span class="soft">{texts.roles[member.role]}</span>}
            </button>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" class="link-button" onClick={() => open.run(members.loadMore())}>
          {words.more}
        </button>
      )}
      {asked !== null && <Question open={open} asked={asked} onClose={() => setAsked(null)} />}
    </section>
  );

  function writeTo(account: AccountId): void {
    inBackground(chats.sheets.writeTo(account));
  }
}

function Question(props: { readonly open: OpenConversation; readonly asked: Asked; readonly onClose: () => void }) {
  const { open, asked, onClose } = props;
  const { account } = asked;
  const { members } = open.conversation;
  const name = nameOf(open.client, account);
  if (asked.about === 'owner') {
    const press = () => open.run(members.setRole(account, 'owner'));
    return (
      <Confirm
        title={texts.ownerTitle(name)}
        text={texts.ownerText(name)}
        choices={[{ label: texts.makeOwner, danger: true, press }]}
        onClose={onClose}
      />
    );
  }
  const press = () => open.run(members.remove(account));
  return (
    <Confirm
      title={texts.removeTitle(name)}
      text={texts.removeText}
      choices={[{ label: texts.remove, danger: true, press }]}
      onClose={onClose}
    />
  );
}

function itemsFor(
  member: MemberView,
  { open, leads, owner }: Omit<MembersOf, 'showMenu'>,
  { writeTo, ask }: { readonly writeTo: (account: AccountId) => void; readonly ask: (asked: Asked) => void },
): readonly MenuItem[] {
  const { members } = open.conversation;
  const { account, role } = member;
  const manageable = leads && role !== 'owner';
  const item = (possible: boolean, entry: MenuItem) => (possible ? [entry] : []);
  const rank = (label: string, next: 'admin' | 'member'): MenuItem => ({
    label,
    icon: 'person',
    press: () => open.run(members.setRole(account, next)),
  });
  return [
    { label: texts.message, icon: 'send', press: () => writeTo(account) },
    ...item(manageable && role === 'member', rank(texts.makeAdmin, 'admin')),
    ...item(manageable && role === 'admin', rank(texts.makeMember, 'member')),
    ...item(owner && role !== 'owner', {
      label: texts.makeOwner,
      icon: 'shield',
      press: () => ask({ about: 'owner', account }),
    }),
    ...item(manageable, {
      label: texts.remove,
      icon: 'leave',
      danger: true,
      press: () => ask({ about: 'remove', account }),
    }),
  ];
}
