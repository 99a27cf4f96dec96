// Peer for the benchmark: a stock Socket.IO 4 relay with rooms. It stores nothing.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly id?: string;
  readonly token?: string;
  readonly conversation_id?: string;
}

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false });
let seq = 0;

io.on('connection', (socket) => {
  let account = '';
  socket.on('frame', (frame: Frame) => {
    if (frame.type === 'hello') {
      const [name, conversation] = (frame.token ?? '').split('.') as [string, string];
      account = name;
      const joined = socket.join(conversation);
      if (joined instanceof Promise) joined.catch(() => socket.disconnect());
      socket.emit('frame', { type: 'welcome', protocol: 1, account });
    } else if (frame.type === 'message') {
      socket.emit('frame', { type: 'sent', ref: frame.ref, id: frame.id });
      io.to(frame.conversation_id ?? '').emit('frame', { ...frame, seq: ++seq, sender: account });
    }
  });
});
http.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (http.address() as { port: number }).port })));
