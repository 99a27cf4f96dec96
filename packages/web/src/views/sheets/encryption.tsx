// What encryption does here, in short: what the server cannot read, what it sees, and what stays up to people.
import { useContext } from 'preact/hooks';
import { about } from '../../words/english-later.ts';
import { AppContext } from '../app-context.ts';
import { Dialog } from '../dialog.tsx';
import { Icon, type IconName } from '../icon.tsx';

/** One press away from every encrypted chat. */
export function EncryptionSheet() {
  const { chats } = useContext(AppContext);
  return (
    <Dialog title={about.title} onClose={() => chats.sheets.close()}>
      <section class="facts">
        <Icon name="info" size={20} />
        <div>
          <h2>{about.codeTitle}</h2>
          <p>{about.code}</p>
        </div>
      </section>
      <Part icon="lock" title={about.hiddenTitle} items={about.hidden} />
      <Part icon="eye" title={about.seenTitle} items={about.seen} />
      <Part icon="person" title={about.keptTitle} items={about.kept} />
    </Dialog>
  );
}

function Part(props: { readonly icon: IconName; readonly title: string; readonly items: readonly string[] }) {
  return (
    <section class="facts">
      <Icon name={props.icon} size={20} />
      <div>
        <h2>{props.title}</h2>
        <ul>
          {props.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}
