// The right pane: what a chat is, who is in it, and what can be done with it as a whole.
import type { MemberView } from '@parley/sdk';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { nameOf, timerText } from '../view-models/names.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { Avatar } from './avatar.tsx';
import { Confirm } from './dialog.tsx';
import { Icon, IconButton, type IconName } from './icon.tsx';
import { Menu, type MenuItem } from './menu.tsx';
import { useViewModel } from './use-view-model.ts';

const hourMs = 3_600_000;
const muteChoices = [
  [words.info.hours8, 8 * hourMs],
  [words.info.week, 7 * 24 * hourMs],
  [words.info.always, 365 * 24 * hourMs],
] as const;
const timerChoices = [0, 86_400, 7 * 86_400, 90 * 86_400] as const;

/** About one conversation. */
export function InfoPane({ open }: { readonly open: OpenConversation }) {
  const { app, chats } = useContext(AppContext);
  const view = useViewModel(open);
  const { chat } = view;
  const { conversation } = open;
  const [question, setQuestion] = useState<'clear' | 'leave' | null>(null);
  const [menu, setMenu] = useState<{ at: { x: number; y: number }; items: MenuItem[] } | null>(null);
  const leads = chat.role === 'owner' || chat.role === 'admin';
  const peer = chat.peer === null ? null : chats.client.people.get(chat.peer);
  const below = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: box.left, y: box.bottom };
  };
  const mute = (event: MouseEvent) => {
    if (chat.mutedUntil !== null) return open.run(conversation.mute(null));
    setMenu({
      at: below(event),
      items: muteChoices.map(([label, ms]) => ({
        label,
        icon: 'bellOff',
        press: () => open.run(conversation.mute(app.host.now() + ms)),
      })),
    });
  };
  const timer = (event: MouseEvent) =>
    setMenu({
      at: below(event),
      items: timerChoices.map((seconds) => ({
        label: seconds === 0 ? words.info.off : timerText(seconds),
        icon: 'clock',
        press: () => open.run(conversation.setTimer(seconds)),
      })),
    });

  return (
    <aside class="pane info-pane" aria-label={words.chat.info}>
      <header class="pane-header only-overlaid">
        <IconButton icon="close" label={words.close} onPress={() => app.toggleInfo()} />
      </header>
      <div class="info-scroller">
        <div class="info-top">
          <Avatar
            id={chat.peer ?? chat.id}
            name={view.title}
            size={116}
            {...(chat.notes ? { shape: 'note' as const } : chat.kind === 'room' ? { shape: 'hash' as const } : {})}
          />
          <Title open={open} editable={chat.kind !== 'direct' && leads} />
          <p class="soft">
            {chat.kind === 'group'
              ? words.info.group(chat.memberCount)
              : chat.kind === 'room'
                ? words.info.room(chat.memberCount)
                : peer === null
                  ? ''
                  : `@${peer.handle}`}
          </p>
          {peer !== null && peer.about !== '' && <p dir="auto">{peer.about}</p>}
          {chat.topic !== '' && <p dir="auto">{chat.topic}</p>}
        </div>
        <div class="info-actions">
          {chat.kind !== 'direct' && leads && (
            <Action
              icon="addPerson"
              label={words.info.add}
              press={() => chats.sheets.open({ type: 'add_members', to: chat.id })}
            />
          )}
          {chat.kind !== 'direct' && leads && (
            <Action
              icon="link"
              label={words.info.links}
              press={() => chats.sheets.open({ type: 'links', of: chat.id })}
            />
          )}
          <Action
            icon={chat.mutedUntil === null ? 'bell' : 'bellOff'}
            label={chat.mutedUntil === null ? words.info.mute : words.info.unmute}
            press={mute}
          />
          <Action
            icon="pin"
            label={chat.top ? words.info.notOnTop : words.info.keepOnTop}
            press={() => open.run(conversation.keepOnTop(!chat.top))}
          />
        </div>
        <ul class="info-lines">
          <InfoLine
            icon="lockOpen"
            title={chat.kind === 'room' ? words.info.roomOpen : words.info.encryption}
            text={chat.kind === 'room' ? words.info.roomOpenText : words.info.encryptionText}
          />
          {(chat.kind === 'direct' || leads) && !chat.notes && (
            <InfoLine
              icon="clock"
              title={words.info.disappearing}
              text={chat.timerSeconds === 0 ? words.info.off : timerText(chat.timerSeconds)}
              press={timer}
            />
          )}
          <InfoLine
            icon="archive"
            title={chat.archived ? words.info.unarchive : words.info.archive}
            press={() => open.run(conversation.archive(!chat.archived))}
          />
          <InfoLine icon="broom" title={words.info.clear} press={() => setQuestion('clear')} />
          {chat.kind === 'direct' && !chat.notes && (
            <InfoLine
              icon="block"
              danger
              title={chat.blocked ? words.info.unblock(view.title) : words.info.block(view.title)}
              press={() => open.run(conversation.block(!chat.blocked))}
            />
          )}
          {chat.kind !== 'direct' && chat.role !== null && (
            <InfoLine icon="leave" danger title={words.info.leave} press={() => setQuestion('leave')} />
          )}
        </ul>
        {chat.kind !== 'direct' && (
          <Members
            open={open}
            leads={leads}
            owner={chat.role === 'owner'}
            showMenu={(at, items) => setMenu({ at, items })}
          />
        )}
      </div>
      {question === 'clear' && (
        <Confirm
          title={words.info.clearTitle}
          text={words.info.clearText}
          choices={[{ label: words.info.clear, danger: true, press: () => open.run(conversation.clear()) }]}
          onClose={() => setQuestion(null)}
        />
      )}
      {question === 'leave' && (
        <Confirm
          title={words.info.leaveTitle}
          choices={[{ label: words.info.leave, danger: true, press: () => open.run(conversation.leave()) }]}
          onClose={() => setQuestion(null)}
        />
      )}
      {menu !== null && <Menu at={menu.at} label={words.more} items={menu.items} onClose={() => setMenu(null)} />}
    </aside>
  );
}

function Title({ open, editable }: { readonly open: OpenConversation; readonly editable: boolean }) {
  const { title, chat } = useViewModel(open);
  const [text, setText] = useState<string | null>(null);
  if (text === null) {
    return (
      <h1 dir="auto">
        {title}
        {editable && (
          <button
            type="button"
            class="icon-button small"
            aria-label={words.info.rename}
            title={words.info.rename}
            onClick={() => setText(title)}
          >
            <Icon name="pencil" size={16} />
          </button>
        )}
      </h1>
    );
  }
  const label = chat.kind === 'room' ? words.info.roomName : words.info.groupName;
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '' && text.trim() !== title) open.run(open.conversation.update({ title: text.trim() }));
        setText(null);
      }}
    >
      <input
        value={text}
        maxLength={100}
        aria-label={label}
        onInput={(event) => setText(event.currentTarget.value)}
        ref={(element) => element?.focus()}
      />
      <button type="submit" class="button primary">
        {words.save}
      </button>
    </form>
  );
}

function Action({
  icon,
  label,
  press,
}: {
  readonly icon: IconName;
  readonly label: string;
  readonly press: (event: MouseEvent) => void;
}) {
  return (
    <button type="button" class="info-action" onClick={press}>
      <Icon name={icon} />
      {label}
    </button>
  );
}

function InfoLine(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly text?: string;
  readonly danger?: boolean;
  readonly press?: (event: MouseEvent) => void;
}) {
  const inside = (
    <>
      <Icon name={props.icon} size={20} />
      <span>
        {props.title}
        {props.text !== undefined && <small>{props.text}</small>}
      </span>
    </>
  );
  return (
    <li class={props.danger === true ? 'danger' : undefined}>
      {props.press === undefined ? (
        <div class="info-line">{inside}</div>
      ) : (
        <button type="button" class="info-line" onClick={props.press}>
          {inside}
        </button>
      )}
    </li>
  );
}

function Members(props: {
  readonly open: OpenConversation;
  readonly leads: boolean;
  readonly owner: boolean;
  readonly showMenu: (at: { x: number; y: number }, items: MenuItem[]) => void;
}) {
  const { chats } = useContext(AppContext);
  const { open } = props;
  const { members } = open.conversation;
  const { items, more, loaded } = useViewModel(members);
  const own = chats.client.me.snapshot.account;
  useEffect(() => {
    if (!loaded) open.run(members.load());
  }, [members, loaded]);
  const itemsFor = (member: MemberView): MenuItem[] => {
    const rank = (label: string, role: 'owner' | 'admin' | 'member'): MenuItem => ({
      label,
      icon: 'person',
      press: () => open.run(members.setRole(member.account, role)),
    });
    const manageable = props.leads && member.role !== 'owner';
    return [
      { label: words.info.message, icon: 'send', press: () => void chats.sheets.writeTo(member.account) },
      ...(manageable && member.role === 'member' ? [rank(words.info.makeAdmin, 'admin')] : []),
      ...(manageable && member.role === 'admin' ? [rank(words.info.makeMember, 'member')] : []),
      ...(props.owner && member.role !== 'owner' ? [rank(words.info.makeOwner, 'owner')] : []),
      ...(manageable
        ? [
            {
              label: words.info.removeMember,
              icon: 'leave',
              danger: true,
              press: () => open.run(members.remove(member.account)),
            } as MenuItem,
          ]
        : []),
    ];
  };
  return (
    <section class="info-members">
      <h2>{words.info.members}</h2>
      <ul>
        {items.map((member) => (
          <li key={member.account}>
            <button
              type="button"
              class="member"
              disabled={member.account === own}
              onClick={(event) => props.showMenu({ x: event.clientX, y: event.clientY }, itemsFor(member))}
            >
              <Avatar id={member.account} name={nameOf(chats.client, member.account)} size={36} />
              <span class="name">{nameOf(chats.client, member.account)}</span>
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
}
