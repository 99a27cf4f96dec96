// A client in a process of its own, on the folder of a profile: says one message after the other to somebody and tells
// its parent of each that was taken, until it is killed.
import { connect } from '@parley/sdk/node';

const [server = '', folder = '', handle = '', word = ''] = process.argv.slice(2);
const client = await connect({ server, folder });
const chat = await client.createDirect(handle);
for (let n = 1; ; n++) {
  const text = `${word} ${n}`;
  const sent = await chat.send(text);
  await sent.reached('sent');
  process.send?.(text);
}
