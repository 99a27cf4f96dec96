// How many earlier messages whoever is added gets to read; none unless somebody chooses so.
import { words } from '../../words/words.ts';

const counts = [25, 50, 100] as const;

/** The choice. */
export function ShareChoice({ value, set }: { readonly value: number; readonly set: (count: number) => void }) {
  const texts = words.invitations;
  return (
    <label class="field">
      <span>{texts.share}</span>
      <select value={String(value)} onChange={(event) => set(Number(event.currentTarget.value))}>
        <option value="0">{texts.shareNone}</option>
        {counts.map((count) => (
          <option key={count} value={String(count)}>
            {texts.shareCount(count)}
          </option>
        ))}
      </select>
      {value > 0 && <span class="soft">{texts.shareText}</span>}
    </label>
  );
}
