// Loaded before the server (`--import`), it takes out one refusal: that of messages that are not sealed. Such a server is
// what a sealed message is compared with (row 17), on the very path that it takes itself. Nothing else may load this.
import { registerHooks } from 'node:module';

const file = '/messages/send.ts';
const refusal = "return kind === 'room' ? null : 'message.encrypted_only';";

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith(file)) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    if (!source.includes(refusal)) throw new Error('the server refuses what is not sealed in another way now');
    return { ...loaded, source: source.replace(refusal, 'return null;') };
  },
});
