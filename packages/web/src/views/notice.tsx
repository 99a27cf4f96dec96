// A page with one sentence and one way on: the session is over, or the app cannot start.

/** It takes the whole window. */
export function Notice(props: {
  readonly title: string;
  readonly text: string;
  readonly button: { readonly label: string; readonly press: () => void };
}) {
  return (
    <main class="entry">
      <div class="entry-card" role="alert">
        <img src="/icon.svg" alt="" width="64" height="64" />
        <h1>{props.title}</h1>
        <p class="soft">{props.text}</p>
        <button type="button" class="button primary wide" onClick={props.button.press}>
          {props.button.label}
        </button>
      </div>
    </main>
  );
}
