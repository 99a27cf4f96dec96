// A client in a process of its own, on the folder of a profile: says one message after the other, in one conversation
// after the other, and tells its parent of each that was taken, until it is killed. Told to stop, it says nothing new,
// waits until all that it ever said has its place, and ends.
import { connect } from '@parley/sdk/node';

const [server = '', folder = '', word = '', ...conversations] = process.argv.slice(2);
let isStopping = false;
process.on('message', () => {
  isStopping = true;
});
const client = await connect({ server, folder });
await client.caughtUp();
const chats = client.conversations.snapshot.filter(({ id }) => conversations.includes(id));
for (let n = 0; !isStopping; n++) {
  const chat = client.conversation((chats[n % chats.length] as (typeof chats)[number]).id);
  const text = `${word} ${n}`;
  const sent = await chat?.send(text);
  await sent?.reached('sent');
  process.send?.(text);
}
await client.flushed();
await client.close();
process.disconnect?.();
