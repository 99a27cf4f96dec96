// Who is in a group or room, with their roles and what may be done with them.
import type { AccountId } from '@parley/protocol';
import type { MemberView } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';
import type { OpenConversation } from '../view-models/conversation.ts';
import { nameOf, pictureNameOf } from '../view-models/names.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar } from './avatar.tsx';
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

/** The list of members; rooms come in pages. */
export function InfoMembers({ open, leads, owner, showMenu }: MembersOf) {
  const { chats } = useContext(AppContext);
  const { members } = open.conversation;
  const { items, more, loaded } = useViewModel(members);
  const [failed, setFailed] = useState(false);
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
      <h2>{words.info.members}</h2>
      {failed && <Failure text={words.info.membersFailed} retry={load} />}
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
                showMenu({ at: below(event.currentTarget), items: itemsFor(member, { open, leads, owner }, writeTo) })
              }
            >
              <Avatar id={member.account} name={pictureNameOf(chats.client, member.account)} size={36} />
              <span class="name" dir="auto">
                {nameOf(chats.client, member.account)}
              </span>
              {member.role !== 'member' && <span class="soft">{words.info.roles[member.role]}</span>}
            </button>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" class="link-button" onClick={() => open.run(members.loadMore())}>
          {words.more}
        </button>
      )}
    </section>
  );

  function writeTo(account: AccountId): void {
    inBackground(chats.sheets.writeTo(account));
  }
}

function itemsFor(
  member: MemberView,
  { open, leads, owner }: Omit<MembersOf, 'showMenu'>,
  writeTo: (account: AccountId) => void,
): readonly MenuItem[] {
  const { members } = open.conversation;
  const { account, role } = member;
  const manageable = leads && role !== 'owner';
  const item = (possible: boolean, entry: MenuItem) => (possible ? [entry] : []);
  const rank = (label: string, next: 'owner' | 'admin' | 'member'): MenuItem => ({
    label,
    icon: 'person',
    press: () => open.run(members.setRole(account, next)),
  });
  return [
    { label: words.info.message, icon: 'send', press: () => writeTo(account) },
    ...item(manageable && role === 'member', rank(words.info.makeAdmin, 'admin')),
    ...item(manageable && role === 'admin', rank(words.info.makeMember, 'member')),
    ...item(owner && role !== 'owner', rank(words.info.makeOwner, 'owner')),
    ...item(manageable, {
      label: words.info.removeMember,
      icon: 'leave',
      danger: true,
      press: () => open.run(members.remove(account)),
    }),
  ];
}
