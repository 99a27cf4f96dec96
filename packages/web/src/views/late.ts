// Code that is fetched apart from the page: once the page is idle, so that it is there when it is wanted, without a
// network too, or when it is wanted. It is fetched once.
import { useEffect, useState } from 'preact/hooks';
import { inBackground } from '../view-models/background.ts';

/** A part of the page. */
export interface Late<Part> {
  /** Null: it is not here yet. */
  now(): Part | null;
  fetch(): Promise<Part>;
}

export function late<Part>(load: () => Promise<Part>): Late<Part> {
  let part: Part | null = null;
  return {
    now: () => part,
    fetch: async () => {
      part ??= await load();
      return part;
    },
  };
}

/** Null for the moment that it takes; `refuse`: it cannot be had. */
export function useLate<Part>(one: Late<Part>, refuse: (error: unknown) => void): Part | null {
  const [part, setPart] = useState<Part | null>(() => one.now());
  useEffect(() => {
    if (part === null) inBackground(one.fetch().then((fetched) => setPart(() => fetched), refuse));
  }, [part, one]);
  return part;
}
