import { connect, entrance } from '@parley/sdk/host';

const server = globalThis.location?.origin ?? 'http://localhost:8420';
const me = { handle: `hi${Date.now()}`, name: 'Hi', password: 'a demo, not a secret', deviceName: 'hello' };
const session = await entrance(server).signUp(me);
const client = await connect({ server, session });
client.onMessage((message) => console.log(message.text));
const chat = await client.createDirect('@ben');
const sent = await chat.send('Hello from ten lines of SDK');
console.log('Its place in the chat:', await sent.placed());
await client.signOut();
