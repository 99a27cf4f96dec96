// One connection of the load generator and the loop over all of them. Everything that a connection wants to say within
// a turn leaves in one system call at its end.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base.hpp"

enum class Phase { idle, connecting, greeting, ready, closed };

struct Connection {
  int fd = -1;
  uint32_t index = 0;
  Phase phase = Phase::idle;
  bool isWritable = false, isDirty = false;
  /** Steps of the greeting that are done; each dialect counts its own. */
  int step = 0;
  string token, account, conversation, senderMark;
  /** Where it stood when it was last told what changed. */
  string since;
  /** Bytes that arrived and are not whole yet; bytes that wait to be written. */
  string in, out;
  uint64_t lamport = 0;
  /** The ledger: how many messages it sent, and the number that must come next of each kind. */
  uint64_t sent = 0, nextTick = 0, nextEcho = 0, nextDelivery = 0;
  int64_t seq = 0;
  uint64_t stanzas = 0;
  bool isDone = false;
};

/** What a protocol does with bytes. Workloads are told by the functions in `ledger.hpp`. */
struct Dialect {
  virtual ~Dialect() = default;
  /** The network connection stands. */
  virtual void opened(Connection& c) = 0;
  /** Takes whole frames from the front of the bytes; returns how many bytes that were. */
  virtual size_t take(Connection& c, string_view bytes) = 0;
  /** Queues message `number` of this connection, to be measured from `atNs`. */
  virtual void message(Connection& c, uint64_t number, int64_t atNs) = 0;
  /** Right before a connection writes. */
  virtual void beforeWrite(Connection&) {}
  /** Does the sender get its own messages back? Are seqs dense in each conversation? */
  virtual bool echoes() const { return true; }
  virtual bool isDense() const { return false; }
};

inline vector<Connection> conns;
inline Dialect* dialect = nullptr;
inline uint64_t errorCount = 0, readyCount = 0;
inline string firstError;
inline int ep = -1;
inline vector<uint32_t> dirty;
inline uint32_t hangUps = 0;

inline void noteError(const string& what) {
  if (errorCount++ == 0) firstError = what.substr(0, 300);
}

/** The connection has something to write in this turn. */
inline void mark(Connection& c) {
  if (c.isDirty) return;
  c.isDirty = true;
  dirty.push_back(c.index);
}

inline void interest(Connection& c, bool isWritable, int operation = EPOLL_CTL_MOD) {
  c.isWritable = isWritable;
  epoll_event e{};
  e.events = isWritable ? uint32_t(EPOLLIN) : uint32_t(EPOLLIN | EPOLLOUT);
  e.data.u32 = c.index;
  epoll_ctl(ep, operation, c.fd, &e);
}

inline void over(Connection& c, const string& why) {
  noteError(why);
  c.phase = Phase::closed;
  close(c.fd);
}

inline void flush(Connection& c) {
  c.isDirty = false;
  if (c.phase == Phase::closed) return;
  size_t written = 0;
  while (written < c.out.size()) {
    ssize_t n = send(c.fd, c.out.data() + written, c.out.size() - written, MSG_NOSIGNAL);
    if (n > 0) {
      written += size_t(n);
      continue;
    }
    if (errno != EAGAIN) return over(c, strerror(errno));
    break;
  }
  if (written == c.out.size())
    c.out.clear();
  else
    c.out.erase(0, written);
  if (c.isWritable != c.out.empty()) interest(c, c.out.empty());
}

inline void flushAll() {
  for (size_t i = 0; i < dirty.size(); i++) {
    Connection& c = conns[dirty[i]];
    dialect->beforeWrite(c);
    flush(c);
  }
  dirty.clear();
}

/** Odd lines go to the second port, where there is one: then everything that pairs say crosses. */
inline int portOf(const Connection& c) { return opt.secondPort > 0 && c.index % 2 == 1 ? opt.secondPort : opt.port; }

inline void openConnection(Connection& c) {
  c.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c.fd < 0) fail(string("socket: ") + strerror(errno));
  int one = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(uint16_t(portOf(c)));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Several loopback addresses, others after a hang-up, and no port before the connect: the kernel searches long for
  // a free port of an address that has thousands in use or not yet forgotten.
  setsockopt(c.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(0x7f000001u + 256 * hangUps + c.index / 2000);
  if (bind(c.fd, reinterpret_cast<sockaddr*>(&from), sizeof from) < 0) fail(string("bind: ") + strerror(errno));
  if (connect(c.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0 && errno != EINPROGRESS)
    fail(string("connect: ") + strerror(errno));
  c.phase = Phase::connecting;
  interest(c, false, EPOLL_CTL_ADD);
}

inline void arrived(Connection& c, string_view bytes) {
  if (c.in.empty()) {
    size_t taken = dialect->take(c, bytes);
    c.in.assign(bytes.substr(taken));
    return;
  }
  c.in.append(bytes);
  c.in.erase(0, dialect->take(c, c.in));
}

/** One turn: whatever is ready is read, then everybody who wants to write does. */
inline void poll(int64_t timeoutNs) {
  static epoll_event events[1024];
  static char buffer[1 << 18];
  timespec timeout{time_t(timeoutNs / oneSecond), long(timeoutNs % oneSecond)};
  int n = epoll_pwait2(ep, events, 1024, &timeout, nullptr);
  for (int i = 0; i < n; i++) {
    Connection& c = conns[events[i].data.u32];
    if (c.phase == Phase::closed) continue;
    if (events[i].events & EPOLLOUT) {
      if (c.phase == Phase::connecting) {
        c.phase = Phase::greeting;
        dialect->opened(c);
      }
      flush(c);
    }
    if (c.phase == Phase::closed || !(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
    ssize_t r = recv(c.fd, buffer, sizeof buffer, 0);
    if (r > 0)
      arrived(c, string_view(buffer, size_t(r)));
    else if (r == 0 || (errno != EAGAIN && errno != EINTR))
      over(c, r == 0 ? "the server closed a connection" : strerror(errno));
  }
  flushAll();
}

inline void connectAll(size_t concurrency) {
  size_t opened = 0;
  int64_t deadline = nowNs() + 180 * oneSecond;
  while (readyCount < conns.size()) {
    while (opened < conns.size() && opened - readyCount < concurrency) openConnection(conns[opened++]);
    poll(50 * oneMs);
    if (nowNs() > deadline || errorCount > 0)
      fail("only " + std::to_string(readyCount) + " of " + std::to_string(conns.size()) + " connected; " + firstError);
  }
}

/** Hangs up everywhere, as when a server or a network goes; what was received is kept. */
inline void hangUp() {
  for (auto& c : conns) {
    if (c.phase != Phase::closed) close(c.fd);
    c.phase = Phase::idle;
    c.step = 0;
    c.isDirty = false;
    c.in.clear();
    c.out.clear();
  }
  dirty.clear();
  readyCount = 0;
  hangUps++;
}

inline void becameReady(Connection& c) {
  c.phase = Phase::ready;
  readyCount++;
}
