// The password of the account, once more: whoever has a device that is signed in need not be its owner.
import { words } from '../words/words.ts';

/** Its value stays with whoever asks. */
export function PasswordField({ value, write }: { readonly value: string; readonly write: (text: string) => void }) {
  return (
    <label class="field">
      <span>{words.encryption.recovery.password}</span>
      <input
        type="password"
        autocomplete="current-password"
        value={value}
        onInput={(event) => write(event.currentTarget.value)}
      />
    </label>
  );
}
