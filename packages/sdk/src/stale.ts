// Hop 1: refusals of what was sealed for readers who are not the present ones. [OUT] [ENC]

/** It was sealed for members, or for devices, that are not the present ones. */
export type StaleCode = 'members.stale' | 'devices.stale';

export function isStale(code: string): code is StaleCode {
  return code === 'members.stale' || code === 'devices.stale';
}
