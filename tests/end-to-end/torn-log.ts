// What a killed Chromium leaves of its databases. Their log (LevelDB's) is written in pieces, so its last record may be
// torn. Chromium 156 skips that one when it opens the log, writes on behind it, and at the opening after finds the log
// damaged and throws away all that the site has kept. That fault is the browser's: here the torn record is cut off before.
import { globSync, readFileSync, truncateSync } from 'node:fs';

const blockBytes = 32_768;
/** A checksum of four, a length of two, a kind. */
const headBytes = 7;
const [whole, last] = [1, 4];

/** Cuts torn records off in the profile of a browser that is gone; how many logs had one. */
export function cutTornRecords(profile: string): number {
  const logs = globSync(`${profile}/Default/{IndexedDB/*.leveldb,Local Storage/leveldb}/{*.log,MANIFEST-*}`);
  return logs.filter((path) => {
    const bytes = readFileSync(path);
    const end = endOfRecords(bytes);
    if (end < bytes.length) truncateSync(path, end);
    return end < bytes.length;
  }).length;
}

/** Where the last record ends that is there as a whole. */
function endOfRecords(bytes: Buffer): number {
  let end = 0;
  for (let at = 0; at + headBytes <= bytes.length; ) {
    const left = blockBytes - (at % blockBytes);
    if (left < headBytes) {
      at += left;
      continue;
    }
    const kind = bytes[at + 6];
    at += headBytes + bytes.readUInt16LE(at + 4);
    if (at <= bytes.length && (kind === whole || kind === last)) end = at;
  }
  return end;
}
