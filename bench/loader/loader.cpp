// Load generator: one thread, epoll, raw WebSocket frames with real masks. It speaks Parley's JSON frames, so that
// the same program drives Parley, a stock `ws` relay and (with --dialect socketio) a Socket.IO relay.
// It prints one JSON object. Its own CPU is part of the answer: it must stay far below the server's.
//
//   loader --port P --accounts FILE --mode pairs|rate|group|idle|storm|offline [--connections N] [--inflight W]
//          [--seconds S] [--rate R] [--receipts] [--dialect parley|socketio] [--count N]
//
// FILE has one line a connection: token account conversation
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using std::string;
using std::string_view;
using std::vector;

static constexpr int64_t ms = 1000000;
static int64_t nowNs() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t(t.tv_sec) * 1000000000 + t.tv_nsec;
}
static int64_t wallMs() {
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return int64_t(t.tv_sec) * 1000 + t.tv_nsec / 1000000;
}
static double cpuSeconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_utime.tv_usec / 1e6 + u.ru_stime.tv_sec + u.ru_stime.tv_usec / 1e6;
}
[[noreturn]] static void fail(const string& why) {
  fprintf(stderr, "loader: %s\n", why.c_str());
  exit(1);
}

struct Options {
  int port = 0, connections = 0, inflight = 8, count = 0;
  double seconds = 10, rate = 0, warm = 1;
  bool receipts = false, socketio = false;
  string accounts, mode = "pairs";
};

enum class Phase { connecting, upgrading, greeting, ready, closed };

struct Connection {
  int fd = -1, index = 0, inflight = 0;
  Phase phase = Phase::closed;
  string token, account, conversation, in, out, senderMark;
  size_t inAt = 0;
  bool writable = true, dirty = false;
  int64_t lamport = 0, afterSeq = 0;
  uint64_t received = 0;
};

static Options opt;
static vector<Connection> conns;
static vector<int> dirty;
static int ep;
static uint64_t sentCount, deliveredCount, tickCount, echoCount, errorCount, readyCount, itemCount;
static string lastError;
static vector<uint32_t> latencyUs;
static bool measuring = false;
static uint64_t randomState = 0x9e3779b97f4a7c15ULL;
static uint64_t nextRandom() {
  randomState ^= randomState << 13;
  randomState ^= randomState >> 7;
  randomState ^= randomState << 17;
  return randomState;
}

static void queueFrame(Connection& c, string_view payload, unsigned char opcode = 1) {
  string& o = c.out;
  size_t n = payload.size();
  o.push_back(char(0x80 | opcode));
  if (n < 126) {
    o.push_back(char(0x80 | n));
  } else if (n < 65536) {
    o.push_back(char(0x80 | 126));
    o.push_back(char(n >> 8));
    o.push_back(char(n));
  } else {
    fail("frame too large");
  }
  uint32_t mask = uint32_t(nextRandom()) | 0x01010101u;
  char m[4];
  memcpy(m, &mask, 4);
  o.append(m, 4);
  size_t start = o.size();
  o.append(payload);
  char* p = o.data() + start;
  size_t i = 0;
  uint64_t wide = (uint64_t(mask) << 32) | mask;
  for (; i + 8 <= n; i += 8) {
    uint64_t v;
    memcpy(&v, p + i, 8);
    v ^= wide;
    memcpy(p + i, &v, 8);
  }
  for (; i < n; i++) p[i] ^= m[i & 3];
  if (!c.dirty) {
    c.dirty = true;
    dirty.push_back(c.index);
  }
}
static void queueJson(Connection& c, const string& json) {
  if (opt.socketio)
    queueFrame(c, "42[\"frame\"," + json + "]");
  else
    queueFrame(c, json);
}

static void flush(Connection& c) {
  c.dirty = false;
  while (!c.out.empty()) {
    ssize_t n = send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
    if (n < 0) {
      if (errno != EAGAIN) {
        c.phase = Phase::closed;
        errorCount++;
        lastError = strerror(errno);
        return;
      }
      if (c.writable) {
        c.writable = false;
        epoll_event e{EPOLLIN | EPOLLOUT, {.u32 = uint32_t(c.index)}};
        epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &e);
      }
      return;
    }
    if (size_t(n) == c.out.size())
      c.out.clear();
    else
      c.out.erase(0, n);
  }
  if (!c.writable) {
    c.writable = true;
    epoll_event e{EPOLLIN, {.u32 = uint32_t(c.index)}};
    epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &e);
  }
}
static void flushAll() {
  for (size_t i = 0; i < dirty.size(); i++) flush(conns[dirty[i]]);
  dirty.clear();
}

static const char filler[] =
    "The river was low this morning and the ferry did not run, so we walked along the bank to the "
    "mill and waited for the others there, which was no loss at all in this light.";

static string messageId() {
  static uint64_t counter = nextRandom();
  counter++;
  int64_t t = wallMs();
  char id[64];
  snprintf(id, sizeof id, "%08" PRIx64 "-%04" PRIx64 "-7%03" PRIx64 "-8%03" PRIx64 "-%012" PRIx64, uint64_t(t) >> 16,
           uint64_t(t) & 0xffff, (counter >> 60) & 0xfff, (counter >> 48) & 0xfff, uint64_t(counter & 0xffffffffffffULL));
  return id;
}
static string stamp() {
  static int64_t last = 0;
  static char text[32];
  int64_t wall = wallMs();
  if (wall != last) {
    last = wall;
    time_t s = wall / 1000;
    tm u;
    gmtime_r(&s, &u);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &u);
    snprintf(text + 19, 8, ".%03dZ", int(wall % 1000));
  }
  return text;
}

static void sendMessage(Connection& c, int64_t scheduledNs) {
  char ref[24];
  snprintf(ref, sizeof ref, "%" PRIu64, sentCount);
  string json;
  json.reserve(480);
  json += "{\"type\":\"message\",\"ref\":\"";
  json += ref;
  json += "\",\"id\":\"";
  json += messageId();
  json += "\",\"conversation_id\":\"";
  json += c.conversation;
  json += "\",\"content\":\"t=";
  char at[24];
  snprintf(at, sizeof at, "%019" PRId64, scheduledNs);
  json += at;
  json += ' ';
  json += filler;
  json += "\",\"timestamp\":\"";
  json += stamp();
  json += "\",\"lamport\":";
  json += std::to_string(++c.lamport);
  json += ",\"first\":true}";
  queueJson(c, json);
  c.inflight++;
  sentCount++;
}

static int64_t numberAfter(string_view text, string_view name) {
  size_t at = text.find(name);
  return at == string_view::npos ? -1 : strtoll(text.data() + at + name.size(), nullptr, 10);
}
static void askPage(Connection& c) {
  queueJson(c, "{\"type\":\"sync\",\"ref\":\"p\",\"conversation_id\":\"" + c.conversation +
                   "\",\"after\":" + std::to_string(c.afterSeq) + ",\"limit\":200}");
}
static Connection* partnerOf(Connection& c) { return &conns[c.index ^ 1]; }
static bool stopping = false;

static void onMessage(Connection& c, string_view frame) {
  bool own = frame.find(c.senderMark) != string_view::npos;
  if (own && opt.mode != "group") {
    echoCount++;
    return;
  }
  deliveredCount++;
  c.received++;
  if (measuring) {
    size_t at = frame.find("t=");
    if (at != string_view::npos) {
      int64_t t = strtoll(frame.data() + at + 2, nullptr, 10);
      int64_t us = (nowNs() - t) / 1000;
      if (opt.mode != "pairs" || (deliveredCount & 15) == 0)
        latencyUs.push_back(uint32_t(std::max<int64_t>(0, std::min<int64_t>(us, UINT32_MAX))));
    }
  }
  if (opt.receipts) {
    string seq = std::to_string(numberAfter(frame, "\"seq\":"));
    queueJson(c, "{\"type\":\"received\",\"conversation_id\":\"" + c.conversation + "\",\"seq\":" + seq + "}");
    queueJson(c, "{\"type\":\"read\",\"conversation_id\":\"" + c.conversation + "\",\"seq\":" + seq + "}");
  }
  if (opt.mode == "pairs") {
    Connection* sender = partnerOf(c);
    sender->inflight--;
    if (!stopping) sendMessage(*sender, nowNs());
  }
}

static void onText(Connection& c, string_view frame) {
  if (opt.socketio) {
    if (frame.empty()) return;
    if (frame[0] == '0') return queueFrame(c, "40");
    if (frame[0] == '2') return queueFrame(c, "3");
    if (frame.substr(0, 2) == "40")
      return queueJson(c, "{\"type\":\"hello\",\"protocol\":1,\"token\":\"" + c.token + "\"}");
    size_t open = frame.find('{');
    if (open == string_view::npos) return;
    frame = frame.substr(open);
  }
  if (frame.compare(0, 17, "{\"type\":\"message\"") == 0) return onMessage(c, frame);
  if (frame.compare(0, 14, "{\"type\":\"sent\"") == 0) {
    tickCount++;
    return;
  }
  if (frame.compare(0, 17, "{\"type\":\"welcome\"") == 0) {
    c.phase = Phase::ready;
    readyCount++;
    if (opt.mode == "offline") askPage(c);
    return;
  }
  if (frame.find("\"type\":\"messages\"") != string_view::npos) {
    itemCount += std::count(frame.begin(), frame.end(), '{') - 1;
    c.afterSeq = numberAfter(frame, "\"to_seq\":");
    c.received = frame.find("\"has_more\":true") == string_view::npos;
    if (!c.received) askPage(c);
    return;
  }
  if (frame.compare(0, 19, "{\"type\":\"heartbeat\"") == 0) return queueJson(c, "{\"type\":\"heartbeat\"}");
  if (frame.find("\"type\":\"error\"") != string_view::npos || frame.find("\"type\":\"rejected\"") != string_view::npos) {
    errorCount++;
    lastError = string(frame.substr(0, 200));
    if (opt.mode == "pairs") c.inflight--;
  }
}

static void onBytes(Connection& c) {
  if (c.phase == Phase::upgrading) {
    size_t end = c.in.find("\r\n\r\n", c.inAt);
    if (end == string::npos) return;
    if (c.in.find(" 101 ") == string::npos) fail("upgrade refused: " + c.in.substr(0, 120));
    c.inAt = end + 4;
    c.phase = Phase::greeting;
    if (!opt.socketio) queueJson(c, "{\"type\":\"hello\",\"protocol\":1,\"token\":\"" + c.token + "\"}");
  }
  while (c.in.size() - c.inAt >= 2) {
    const unsigned char* p = reinterpret_cast<const unsigned char*>(c.in.data()) + c.inAt;
    size_t left = c.in.size() - c.inAt, head = 2;
    uint64_t n = p[1] & 127;
    if (n == 126) {
      if (left < 4) break;
      n = (uint64_t(p[2]) << 8) | p[3];
      head = 4;
    } else if (n == 127) {
      if (left < 10) break;
      n = 0;
      for (int i = 2; i < 10; i++) n = (n << 8) | p[i];
      head = 10;
    }
    if (left < head + n) break;
    string_view payload(c.in.data() + c.inAt + head, n);
    unsigned opcode = p[0] & 15;
    c.inAt += head + n;
    if (opcode == 1) onText(c, payload);
    if (opcode == 9) queueFrame(c, payload, 10);
    if (opcode == 8) {
      int code = n >= 2 ? (static_cast<unsigned char>(payload[0]) << 8) | static_cast<unsigned char>(payload[1]) : 0;
      errorCount++;
      lastError = "closed by the server with " + std::to_string(code);
      c.phase = Phase::closed;
    }
  }
  if (c.inAt == c.in.size())
    c.in.clear(), c.inAt = 0;
  else if (c.inAt > 1 << 16)
    c.in.erase(0, c.inAt), c.inAt = 0;
}

static void openConnection(Connection& c) {
  c.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c.fd < 0) fail(string("socket: ") + strerror(errno));
  int one = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(uint16_t(opt.port));
  // Several loopback addresses, so that ten thousand connections do not exhaust the ports of one.
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(0x7f000001u + uint32_t(c.index / 5000));
  bind(c.fd, reinterpret_cast<sockaddr*>(&from), sizeof from);
  if (connect(c.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0 && errno != EINPROGRESS)
    fail(string("connect: ") + strerror(errno));
  c.phase = Phase::connecting;
  epoll_event e{EPOLLIN | EPOLLOUT, {.u32 = uint32_t(c.index)}};
  c.writable = false;
  epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &e);
}

static void poll(int64_t timeoutNs) {
  static epoll_event events[1024];
  static char buffer[1 << 18];
  timespec timeout{time_t(timeoutNs / 1000000000), long(timeoutNs % 1000000000)};
  int n = epoll_pwait2(ep, events, 1024, &timeout, nullptr);
  for (int i = 0; i < n; i++) {
    Connection& c = conns[events[i].data.u32];
    if (c.phase == Phase::closed) {
      epoll_ctl(ep, EPOLL_CTL_DEL, c.fd, nullptr);
      continue;
    }
    if (events[i].events & EPOLLOUT) {
      if (c.phase == Phase::connecting) {
        c.phase = Phase::upgrading;
        c.out = opt.socketio ? "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" : "GET /v1/ws HTTP/1.1\r\n";
        c.out += "Host: 127.0.0.1:" + std::to_string(opt.port) +
                 "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        if (!opt.socketio) c.out += "Sec-WebSocket-Protocol: parley.v1.json\r\n";
        c.out += "\r\n";
      }
      flush(c);
    }
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
      ssize_t r = recv(c.fd, buffer, sizeof buffer, 0);
      if (r > 0) {
        c.in.append(buffer, r);
        onBytes(c);
      } else if (r == 0 || (errno != EAGAIN && errno != EINTR)) {
        errorCount++;
        lastError = r == 0 ? "the server closed a connection" : strerror(errno);
        epoll_ctl(ep, EPOLL_CTL_DEL, c.fd, nullptr);
        c.phase = Phase::closed;
      }
    }
  }
  flushAll();
}

static void connectAll(int concurrency) {
  size_t opened = 0;
  int64_t deadline = nowNs() + 120 * int64_t(1000000000);
  while (readyCount < conns.size()) {
    while (opened < conns.size() && opened - readyCount < size_t(concurrency)) openConnection(conns[opened++]);
    poll(50 * ms);
    if (nowNs() > deadline || errorCount > 0)
      fail("only " + std::to_string(readyCount) + " of " + std::to_string(conns.size()) + " connected; " + lastError);
  }
}

static void report(double seconds, double cpu) {
  std::sort(latencyUs.begin(), latencyUs.end());
  auto at = [](double q) {
    return latencyUs.empty() ? 0.0 : latencyUs[std::min(latencyUs.size() - 1, size_t(q * double(latencyUs.size())))] / 1000.0;
  };
  uint64_t work = deliveredCount ? deliveredCount : itemCount ? itemCount : readyCount;
  printf("{\"seconds\":%.3f,\"sent\":%" PRIu64 ",\"ticks\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"echoes\":%" PRIu64
         ",\"items\":%" PRIu64 ",\"ready\":%" PRIu64 ",\"errors\":%" PRIu64
         ",\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"loader_cpu_us\":%.2f,\"last_error\":\"",
         seconds, sentCount, tickCount, deliveredCount, echoCount, itemCount, readyCount, errorCount, at(.5), at(.99),
         work ? cpu * 1e6 / double(work) : 0.0);
  for (char ch : lastError)
    if (ch == '"' || ch == '\\')
      printf("\\%c", ch);
    else if (ch >= ' ')
      putchar(ch);
  printf("\"}\n");
  fflush(stdout);
}

static void resetCounts() { sentCount = deliveredCount = tickCount = echoCount = 0; }

static void runPairs() {
  for (auto& c : conns)
    for (int i = 0; i < opt.inflight; i++) sendMessage(c, nowNs());
  flushAll();
  int64_t warmEnd = nowNs() + int64_t(opt.warm * 1e9);
  while (nowNs() < warmEnd) poll(10 * ms);
  puts("measuring");
  fflush(stdout);
  resetCounts();
  measuring = true;
  double cpu = cpuSeconds();
  int64_t start = nowNs(), end = start + int64_t(opt.seconds * 1e9);
  while (nowNs() < end) poll(10 * ms);
  measuring = false;
  report(double(nowNs() - start) / 1e9, cpuSeconds() - cpu);
  stopping = true;
}

static void runRate() {
  int64_t interval = int64_t(1e9 / opt.rate), start = nowNs(), next = start;
  int64_t warmEnd = start + int64_t(opt.warm * 1e9), end = warmEnd + int64_t(opt.seconds * 1e9);
  size_t who = 0;
  double cpu = 0;
  int64_t measuredFrom = 0;
  while (true) {
    int64_t now = nowNs();
    if (!measuring && now >= warmEnd) {
      puts("measuring");
      fflush(stdout);
      resetCounts();
      measuring = true;
      measuredFrom = now;
      cpu = cpuSeconds();
    }
    if (now >= end) break;
    while (next <= now) {
      sendMessage(conns[who], next);
      who = (who + 1) % (opt.mode == "group" ? 1 : conns.size());
      next += interval;
    }
    flushAll();
    poll(std::max<int64_t>(0, std::min(next, end) - nowNs()));
  }
  report(double(nowNs() - measuredFrom) / 1e9, cpuSeconds() - cpu);
}

// One sender, every connection counts; the next message goes when all have the one before (at most `inflight` open).
static void runGroup() {
  uint64_t sentHere = 0;
  auto pump = [&] {
    while (sentHere * conns.size() < deliveredCount + uint64_t(opt.inflight) * conns.size()) {
      sendMessage(conns[0], nowNs());
      sentHere++;
    }
  };
  int64_t warmEnd = nowNs() + int64_t(opt.warm * 1e9);
  while (nowNs() < warmEnd) pump(), flushAll(), poll(5 * ms);
  puts("measuring");
  fflush(stdout);
  uint64_t before = deliveredCount;
  measuring = true;
  double cpu = cpuSeconds();
  int64_t start = nowNs(), end = start + int64_t(opt.seconds * 1e9);
  while (nowNs() < end) pump(), flushAll(), poll(5 * ms);
  measuring = false;
  deliveredCount -= before;
  report(double(nowNs() - start) / 1e9, cpuSeconds() - cpu);
}

static void waitForStop() {
  fcntl(0, F_SETFL, O_NONBLOCK);
  char byte;
  while (true) {
    poll(50 * ms);
    ssize_t n = read(0, &byte, 1);
    if (n == 0 || n == 1) return;
  }
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    string a = argv[i];
    auto value = [&]() -> string { return ++i < argc ? argv[i] : (fail(a + " needs a value"), ""); };
    if (a == "--port") opt.port = atoi(value().c_str());
    else if (a == "--accounts") opt.accounts = value();
    else if (a == "--mode") opt.mode = value();
    else if (a == "--connections") opt.connections = atoi(value().c_str());
    else if (a == "--inflight") opt.inflight = atoi(value().c_str());
    else if (a == "--seconds") opt.seconds = atof(value().c_str());
    else if (a == "--warm") opt.warm = atof(value().c_str());
    else if (a == "--rate") opt.rate = atof(value().c_str());
    else if (a == "--count") opt.count = atoi(value().c_str());
    else if (a == "--receipts") opt.receipts = true;
    else if (a == "--dialect") opt.socketio = value() == "socketio";
    else fail("unknown option " + a);
  }
  std::ifstream file(opt.accounts);
  if (!file) fail("cannot read the accounts file");
  string line;
  while (std::getline(file, line) && (opt.connections == 0 || int(conns.size()) < opt.connections)) {
    Connection c;
    std::istringstream fields(line);
    fields >> c.token >> c.account >> c.conversation;
    c.index = int(conns.size());
    c.senderMark = "\"sender\":\"" + c.account + "\"";
    conns.push_back(std::move(c));
  }
  if (conns.empty()) fail("the accounts file is empty");
  rlimit files{20000, 20000};
  setrlimit(RLIMIT_NOFILE, &files);
  ep = epoll_create1(0);
  double cpu = cpuSeconds();
  int64_t start = nowNs();
  connectAll(opt.mode == "storm" ? 200 : 100);
  if (opt.mode == "storm") return report(double(nowNs() - start) / 1e9, cpuSeconds() - cpu), 0;
  if (opt.mode == "offline") {
    auto done = [] { return std::all_of(conns.begin(), conns.end(), [](auto& c) { return c.received > 0; }); };
    while (!done() && errorCount == 0) poll(10 * ms);
    return report(double(nowNs() - start) / 1e9, cpuSeconds() - cpu), 0;
  }
  puts("ready");
  fflush(stdout);
  if (opt.mode == "idle") waitForStop(), report(double(nowNs() - start) / 1e9, cpuSeconds() - cpu);
  else if (opt.mode == "pairs") runPairs();
  else if (opt.mode == "rate") runRate();
  else if (opt.mode == "group") runGroup();
  else fail("unknown mode " + opt.mode);
}
