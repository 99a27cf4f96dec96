// What stands where something is still on its way, in the geometry that it will have. It shows only after a moment:
// most things are there before.

const bubbles = [
  ['other', '55%'],
  ['other', '38%'],
  ['own', '46%'],
  ['other', '62%'],
  ['own', '30%'],
  ['own', '52%'],
  ['other', '44%'],
] as const;

/** Rows with a round picture and two lines. */
export function SkeletonRows({ count, small = false }: { readonly count: number; readonly small?: boolean }) {
  return (
    <div class={small ? 'skeleton small' : 'skeleton'} aria-hidden="true">
      {Array.from({ length: count }, (_, at) => (
        <div class="skeleton-row" key={String(at)}>
          <span class="skeleton-round" />
          <span class="skeleton-lines">
            <span class="skeleton-line" style={{ inlineSize: `${36 + ((at * 17) % 30)}%` }} />
            <span class="skeleton-line" style={{ inlineSize: `${52 + ((at * 23) % 40)}%` }} />
          </span>
        </div>
      ))}
    </div>
  );
}

/** Bubbles of a conversation. */
export function SkeletonBubbles() {
  return (
    <div class="skeleton skeleton-bubbles" aria-hidden="true">
      {bubbles.map(([side, inlineSize], at) => (
        <span class={`skeleton-bubble ${side}`} key={String(at)} style={{ inlineSize }} />
      ))}
    </div>
  );
}
