// Where a recovery key is typed: several lines, and what is still missing or wrong said while it is written.
import { useEffect, useRef } from 'preact/hooks';
import type { KeyReading } from '../view-models/key-reading.ts';
import { words } from '../words/words.ts';

/** Words or groups, however they are written. */
export function KeyField(props: {
  readonly value: string;
  readonly reading: KeyReading;
  readonly focus: boolean;
  readonly write: (text: string) => void;
}) {
  const { value, reading, focus, write } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focus) field.current?.focus();
  }, []);
  const texts = words.encryption.linking;
  const said = reading.isKey ? texts.keyFits : (reading.problem ?? reading.hint ?? texts.keyHint);
  const look = reading.isKey ? 'fits' : reading.problem === null ? 'soft' : 'problem';
  return (
    <div class="field key-field">
      <label for="recovery-key">{texts.keyLabel}</label>
      <textarea
        ref={field}
        id="recovery-key"
        rows={5}
        value={value}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={reading.problem !== null}
        aria-describedby="recovery-key-said"
        onInput={(event) => write(event.currentTarget.value)}
      />
      <small id="recovery-key-said" class={look} role="status">
        {said}
      </small>
    </div>
  );
}
