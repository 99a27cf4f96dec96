// Where a menu opens: under the pointer, or under what was pressed by a key.

/** A point of the window, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Under the pointer; a press by a key has none, and then it is below the element. */
export function pointOf(event: MouseEvent): Point {
  return event.detail === 0 && event.type === 'click'
    ? below(event.currentTarget as Element)
    : { x: event.clientX, y: event.clientY };
}

/** Below an element, at its beginning. */
export function below(element: Element): Point {
  const { left, bottom } = element.getBoundingClientRect();
  return { x: left, y: bottom + 4 };
}
