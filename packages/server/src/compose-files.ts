// What stands in a data folder, by name. Backups have the same names.

/** Files of the embedded engines. */
export const files = {
  store: 'store.db',
  directory: 'directory.db',
  lock: 'lock.db',
  control: 'control.sock',
} as const;

/** Segments of the log. */
export const logFolder = 'log';

/** What people attach to messages, sealed. */
export const blobFolder = 'blobs';

/** The echo bot's own folder; not part of a backup. */
export const echoFolder = 'echo-bot';
