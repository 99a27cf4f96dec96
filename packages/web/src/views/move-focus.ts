// Arrow keys in a list: one stop for the Tab key, then up and down.

/** Moves focus among the elements that match, in the order of the page. False at an end, or when there are none. */
export function moveFocus(within: Element, selector: string, step: 1 | -1): boolean {
  const all = [...within.querySelectorAll<HTMLElement>(selector)];
  const present = all.findIndex((element) => element.contains(document.activeElement));
  const next = all[present < 0 && step < 0 ? all.length - 1 : present + step];
  if (next === undefined) return false;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

/** The step that an arrow key means; null for other keys. */
export function stepOf(event: KeyboardEvent): 1 | -1 | null {
  return event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : null;
}
