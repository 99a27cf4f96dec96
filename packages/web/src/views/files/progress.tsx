// How far something is, as a line.

/** `part` is 0 to 1. */
export function Progress(props: { readonly label: string; readonly part: number; readonly said: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, props.part)) * 100);
  return (
    <span
      class="progress"
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={props.said}
    >
      <span style={{ inlineSize: `${percent}%` }} />
    </span>
  );
}
