// Words about files, in English, which come with their views and not with the page.
import { count } from './english-counts.ts';

const units = ['bytes', 'KB', 'MB', 'GB'] as const;

export const files = {
  attach: 'Attach files',
  drop: 'Drop files here to send them',
  sendTitle: (n: number) => `Send ${count(n, 'file', 'files')}`,
  nothing: 'Nothing to send',
  caption: 'Caption',
  captionFirst: 'Caption of the first',
  send: 'Send',
  cancel: 'Cancel',
  remove: (name: string) => `Remove ${name}`,
  pictures: 'Pictures',
  usual: 'Usual size',
  large: 'HD',
  asFiles: 'As files',
  usualText: 'Drawn anew, without the place where they were taken.',
  largeText: 'Up to 4,096 pixels, without the place where they were taken.',
  asIs: 'Sent as a file, as it is',
  asIsText: 'What is sent as it is may say where it was taken.',
  tooLarge: (name: string) => `${name} is larger than 100 MB and is not sent.`,
  unreadable: (name: string) => `${name} cannot be read. Folders cannot be sent.`,
  tooMany: (n: number) => `At most ${n} at once: the others were left out.`,
  uploads: 'Files on their way',
  waiting: 'Waiting',
  preparing: 'Preparing',
  progress: (bytes: string, of: string) => `${bytes} of ${of}`,
  cancelOf: (name: string) => `Cancel ${name}`,
  retry: 'Try again',
  open: 'Open',
  openPicture: (what: string) => `Open: ${what}`,
  play: 'Play',
  save: 'Save',
  saveOf: (name: string) => `Save ${name}`,
  opening: 'Loading',
  close: 'Close',
  previous: 'Previous picture',
  next: 'Next picture',
  viewer: 'Picture',
  ofPictures: (at: number, of: number) => `${at} of ${of}`,
  /** `4.2 MB` */
  size: (bytes: number) => {
    const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
    if (power === 0) return count(bytes, 'byte', 'bytes');
    const value = bytes / 1024 ** power;
    return `${value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : 1 })} ${units[power]}`;
  },
  /** `1:05` */
  duration: (ms: number) => {
    const seconds = Math.max(1, Math.round(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  },
} as const;
