// One line of the pane beside a chat: what stands there, and what a press does.
import { Icon, type IconName } from './icon.tsx';

/** Without `press` it only says something. */
export function InfoLine(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly text?: string;
  readonly count?: number;
  readonly danger?: boolean;
  readonly press?: (event: MouseEvent) => void;
}) {
  const inside = (
    <>
      <Icon name={props.icon} size={20} />
      <span class="info-line-text">
        {props.title}
        {props.text !== undefined && <small>{props.text}</small>}
      </span>
      {props.count !== undefined && <span class="soft">{props.count}</span>}
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
