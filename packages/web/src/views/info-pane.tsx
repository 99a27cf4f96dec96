// The right pane: what a chat is, who is in it, and what can be done with it as a whole.
import type { ConversationView } from '@parley/sdk';
import { useContext, useState } from 'preact/hooks';
import type { OpenConversation } from '../view-models/conversation.ts';
import { deleteChat } from '../view-models/deleted-chats.ts';
import { timerText } from '../view-models/names.ts';
import { ending, groupPicture, pane } from '../words/english-later.ts';
import { words } from '../words/words.ts';
import { AppContext } from './app-context.ts';
import { ChatAvatar } from './avatar.tsx';
import { muteChoices } from './chat-row.tsx';
import { Confirm } from './dialog.tsx';
import { Icon, IconButton, type IconName } from './icon.tsx';
import { EncryptionLines } from './info-encryption.tsx';
import { InfoLine } from './info-line.tsx';
import { InfoMembers } from './info-members.tsx';
import { InfoInvited, InfoWaiting } from './info-pending.tsx';
import { InfoTitle } from './info-title.tsx';
import { Menu, type MenuItem } from './menu.tsx';
import { below, type Point } from './place.ts';
import { useViewModel } from './use-view-model.ts';

const timerChoices = [0, 86_400, 7 * 86_400, 90 * 86_400] as const;

type Ending = 'clear' | 'delete' | 'leave' | 'block';

/** A menu of this pane. */
export interface InfoMenu {
  readonly at: Point;
  readonly items: readonly MenuItem[];
}

/** About one conversation. */
export function InfoPane({ open }: { readonly open: OpenConversation }) {
  const { app, chats } = useContext(AppContext);
  const view = useViewModel(open);
  const { chat } = view;
  const [question, setQuestion] = useState<Ending | null>(null);
  const [menu, setMenu] = useState<InfoMenu | null>(null);
  const leads = chat.role === 'owner' || chat.role === 'admin';
  const peer = chat.peer === null ? null : chats.client.people.get(chat.peer);
  return (
    <aside
      class="pane info-pane"
      aria-label={words.chat.info}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) app.toggleInfo();
      }}
    >
      <header class="pane-header only-overlaid">
        <IconButton icon="back" label={words.back} onPress={() => app.toggleInfo()} />
        <p class="pane-title">{words.info.about}</p>
      </header>
      <div class="info-scroller">
        <div class="info-top">
          <InfoPicture chat={chat} editable={chat.kind === 'group' && leads} />
          <InfoTitle open={open} editable={chat.kind !== 'direct' && leads} />
          <p class="soft">{aboutOf(chat, peer)}</p>
          {peer !== null && peer.about !== '' && (
            <p class="info-about" dir="auto">
              {peer.about}
            </p>
          )}
          {chat.topic !== '' && (
            <p class="info-about" dir="auto">
              {chat.topic}
            </p>
          )}
        </div>
        <Actions open={open} leads={leads} showMenu={setMenu} />
        {chat.kind !== 'direct' && leads && <InfoWaiting open={open} />}
        <Lines open={open} leads={leads} showMenu={setMenu} ask={setQuestion} />
        {chat.kind !== 'direct' && leads && <InfoInvited open={open} />}
        {chat.kind !== 'direct' && chat.role !== null && (
          <InfoMembers open={open} leads={leads} owner={chat.role === 'owner'} showMenu={setMenu} />
        )}
      </div>
      {question !== null && <Question open={open} about={question} onClose={() => setQuestion(null)} />}
      {menu !== null && <Menu at={menu.at} label={words.more} items={menu.items} onClose={() => setMenu(null)} />}
    </aside>
  );
}

/** Whoever leads a group can change its picture. */
function InfoPicture({ chat, editable }: { readonly chat: ConversationView; readonly editable: boolean }) {
  const { sheets } = useContext(AppContext).chats;
  return (
    <span class="info-picture">
      <ChatAvatar chat={chat} size={104} />
      {editable && (
        <IconButton
          icon="pencil"
          label={groupPicture.change}
          onPress={() => sheets.open({ type: 'picture', of: chat.id })}
        />
      )}
    </span>
  );
}

function aboutOf(chat: ConversationView, peer: { readonly handle: string; readonly kind: string } | null): string {
  if (chat.notes) return words.chat.notesHint;
  if (chat.role === null) return words.composer.noMember;
  if (chat.kind === 'group') return pane.group(chat.memberCount);
  if (chat.kind === 'room') return pane.room(chat.memberCount);
  if (peer === null) return '';
  return peer.kind === 'bot' ? `@${peer.handle} · ${pane.bot}` : `@${peer.handle}`;
}

interface Part {
  readonly open: OpenConversation;
  readonly leads: boolean;
  readonly showMenu: (menu: InfoMenu) => void;
}

/** The three things that are done most. */
function Actions({ open, leads, showMenu }: Part) {
  const { app, chats } = useContext(AppContext);
  const { chat } = useViewModel(open);
  const { conversation } = open;
  const mute = (event: MouseEvent) => {
    if (chat.mutedUntil !== null) return open.run(conversation.mute(null));
    const items = muteChoices.map(
      ([label, ms]): MenuItem => ({
        label,
        icon: 'bellOff',
        press: () => open.run(conversation.mute(app.host.now() + ms)),
      }),
    );
    showMenu({ at: below(event.currentTarget as Element), items });
  };
  const find = () => {
    if (!app.host.wide()) app.toggleInfo();
    open.finder.open();
  };
  return (
    <div class="info-actions">
      {chat.kind !== 'direct' && leads && (
        <Action
          icon="addPerson"
          label={words.info.add}
          press={() => chats.sheets.open({ type: 'add_members', to: chat.id })}
        />
      )}
      <Action icon="search" label={words.info.search} press={find} />
      <Action
        icon={chat.mutedUntil === null ? 'bell' : 'bellOff'}
        label={chat.mutedUntil === null ? words.info.mute : words.info.unmute}
        press={mute}
      />
    </div>
  );
}

function Action(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly press: (event: MouseEvent) => void;
}) {
  return (
    <button type="button" class="info-action" onClick={props.press}>
      <Icon name={props.icon} />
      {props.label}
    </button>
  );
}

function Lines({ open, leads, showMenu, ask }: Part & { readonly ask: (about: Ending) => void }) {
  const { chats } = useContext(AppContext);
  const { chat, title } = useViewModel(open);
  const { starred } = useViewModel(chats.client.settings);
  const { conversation } = open;
  const stars = starred.filter((star) => star.conversation === chat.id).length;
  const timer = (event: MouseEvent) => {
    const items = timerChoices.map(
      (seconds): MenuItem => ({
        label: seconds === 0 ? words.info.off : timerText(seconds),
        icon: seconds === chat.timerSeconds ? 'check' : 'clock',
        press: () => open.run(conversation.setTimer(seconds)),
      }),
    );
    showMenu({ at: below(event.currentTarget as Element), items });
  };
  const lifetime = chat.timerSeconds === 0 ? words.info.off : timerText(chat.timerSeconds);
  const room = chat.kind === 'room';
  const direct = chat.kind === 'direct';
  return (
    <ul class="info-lines">
      <EncryptionLines open={open} />
      {!chat.notes && !room && chat.role !== null && (
        <InfoLine
          icon="clock"
          title={words.info.disappearing}
          text={lifetime}
          {...(direct || leads ? { press: timer } : {})}
        />
      )}
      <InfoLine
        icon="star"
        title={words.info.starred}
        {...(stars > 0 ? { count: stars } : {})}
        press={() => chats.sheets.open({ type: 'starred', of: chat.id })}
      />
      {!direct && leads && (
        <InfoLine icon="link" title={pane.links} press={() => chats.sheets.open({ type: 'links', of: chat.id })} />
      )}
      <InfoLine
        icon="pin"
        title={chat.top ? words.info.notOnTop : words.info.keepOnTop}
        press={() => open.run(conversation.keepOnTop(!chat.top))}
      />
      <InfoLine
        icon="archive"
        title={chat.archived ? words.info.unarchive : words.info.archive}
        press={() => open.run(conversation.archive(!chat.archived))}
      />
      <Emptying chat={chat} ask={ask} />
      {direct && !chat.notes && (
        <>
          <InfoLine
            icon="block"
            danger
            title={chat.blocked ? words.info.unblock(title) : words.info.block(title)}
            press={() => (chat.blocked ? open.run(conversation.block(false)) : ask('block'))}
          />
          <InfoLine
            icon="info"
            danger
            title={words.composer.report}
            press={() => chats.sheets.open({ type: 'report', of: chat.id })}
          />
        </>
      )}
      {!direct && chat.role !== null && (
        <InfoLine icon="leave" danger title={ending.leave} press={() => ask('leave')} />
      )}
    </ul>
  );
}

/** Where one is a member there is something to come; what one is not in any more, or has with one person, can go. */
function Emptying({ chat, ask }: { readonly chat: ConversationView; readonly ask: (about: Ending) => void }) {
  const isOver = chat.role === null;
  return (
    <>
      {!isOver && <InfoLine icon="broom" title={ending.clear} press={() => ask('clear')} />}
      {(isOver || (chat.peer !== null && !chat.notes)) && (
        <InfoLine icon="trash" title={ending.delete} press={() => ask('delete')} />
      )}
    </>
  );
}

function Question(props: { readonly open: OpenConversation; readonly about: Ending; readonly onClose: () => void }) {
  const { app } = useContext(AppContext);
  const { open, about, onClose } = props;
  const { conversation } = open;
  const { title } = open.snapshot;
  if (about === 'clear') {
    const choice = { label: ending.clear, danger: true, press: () => open.run(conversation.clear()) };
    return <Confirm title={ending.clearTitle} text={ending.clearText} choices={[choice]} onClose={onClose} />;
  }
  if (about === 'delete') {
    const gone = () => open.run(deleteChat(open.client, conversation).then(() => app.leave()));
    const choice = { label: ending.delete, danger: true, press: gone };
    return <Confirm title={ending.deleteTitle} text={ending.deleteText} choices={[choice]} onClose={onClose} />;
  }
  if (about === 'block') {
    const choice = { label: words.info.block(title), danger: true, press: () => open.run(conversation.block(true)) };
    return <Confirm title={pane.blockTitle(title)} text={pane.blockText} choices={[choice]} onClose={onClose} />;
  }
  const choice = { label: ending.leave, danger: true, press: () => open.run(conversation.leave()) };
  return <Confirm title={ending.leaveTitle} choices={[choice]} onClose={onClose} />;
}
