// Peer for the benchmark: a stock `ws` relay. It parses a message, finds the other side, stringifies it again and
// stores nothing. It is what people write in an afternoon, and says what the rest of Parley costs.
import { type WebSocket, WebSocketServer } from 'ws';

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly id?: string;
  readonly token?: string;
  readonly conversation_id?: string;
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const members = new Map<string, WebSocket[]>();
let seq = 0;

server.on('connection', (socket) => {
  let account = '';
  socket.on('error', () => socket.terminate());
  socket.on('message', (bytes: Buffer) => {
    const frame = JSON.parse(bytes.toString()) as Frame;
    if (frame.type === 'hello') {
      // The benchmark's tokens are "account conversation", so that the relay needs no accounts.
      const [name, conversation] = (frame.token ?? '').split('.') as [string, string];
      account = name;
      members.set(conversation, [...(members.get(conversation) ?? []), socket]);
      socket.send(JSON.stringify({ type: 'welcome', protocol: 1, account }));
    } else if (frame.type === 'message') {
      socket.send(JSON.stringify({ type: 'sent', ref: frame.ref, id: frame.id }));
      const text = JSON.stringify({ ...frame, seq: ++seq, sender: account });
      for (const member of members.get(frame.conversation_id ?? '') ?? []) member.send(text);
    }
  });
});
server.on('listening', () => console.log(JSON.stringify({ port: (server.address() as { port: number }).port })));
