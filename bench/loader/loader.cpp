// Load generator: one thread, epoll, hand-made frames, so that the same program drives Parley and its peers and costs
// far less than they do. It checks what it counts: see `ledger.hpp`. It prints `ready`, `measuring` and `measured` as
// they happen, and then one JSON object.
//
//   loader --port P [--second-port P] --accounts FILE [--mode pairs|rate|group|fill|offline|storm] [--dialect parley|ws|socketio|
//          mqtt|xmpp] [--connections N] [--skip N] [--inflight W] [--seconds S] [--warm S] [--rate R] [--count N]
//          [--receipts] [--plain]
//
// Messages are sealed, as far as a server can see it; with --plain the same characters are text.
// With a second port every other connection goes there.
// A storm connects, hangs up when a byte comes on standard input, and connects again; the end of the input ends it.
//
// FILE has one line a connection: token account conversation. In pairs, lines 2n and 2n+1 talk to each other.
#include <fstream>
#include <sstream>

#include "mqtt.hpp"
#include "parley.hpp"
#include "xmpp.hpp"

static Counts measured;
static double measuredSeconds = 0, measuredCpu = 0;

static void announce(const char* word) {
  puts(word);
  fflush(stdout);
}

template <class Step>
static void measure(Step step) {
  int64_t warmEnd = nowNs() + int64_t(opt.warm * 1e9);
  while (nowNs() < warmEnd) step();
  announce("measuring");
  before = total;
  isMeasuring = true;
  double cpu = cpuSeconds();
  int64_t start = nowNs(), end = start + int64_t(opt.seconds * 1e9);
  while (nowNs() < end) step();
  isMeasuring = false;
  measuredSeconds = double(nowNs() - start) / 1e9;
  measuredCpu = cpuSeconds() - cpu;
  measured = {total.sent - before.sent, total.ticks - before.ticks, total.echoes - before.echoes,
              total.deliveries - before.deliveries, total.items};
  announce("measured");
}

/** Nothing new is sent; what is under way must arrive. What does not is counted as missing. */
static void settle(uint64_t receivers) {
  isStopping = true;
  auto isSettled = [&] {
    return total.ticks >= total.sent && total.deliveries >= total.sent * receivers &&
           (!dialect->echoes() || total.echoes >= total.sent);
  };
  int64_t deadline = nowNs() + 20 * oneSecond;
  while (!isSettled() && nowNs() < deadline && errorCount == 0) poll(10 * oneMs);
  // A repeat would still come now.
  int64_t quiet = nowNs() + 200 * oneMs;
  while (nowNs() < quiet) poll(10 * oneMs);
  auto lack = [](uint64_t has, uint64_t wants) { return has < wants ? wants - has : 0; };
  missing += lack(total.ticks, total.sent) + lack(total.deliveries, total.sent * receivers);
  if (dialect->echoes()) missing += lack(total.echoes, total.sent);
}

/** Closed loop: a message that has arrived makes room for the next one of its sender. */
static void runPairs() {
  onDelivery = [](Connection& c) {
    if (!isStopping) say(conns[c.index ^ 1], nowNs());
  };
  for (auto& c : conns)
    for (int i = 0; i < opt.inflight; i++) say(c, nowNs());
  flushAll();
  measure([] { poll(10 * oneMs); });
  settle(1);
}

/** Open loop: messages leave on time, whatever the server does; latency counts from the time they were due. */
static void runRate() {
  int64_t interval = int64_t(1e9 / opt.rate), next = nowNs();
  size_t who = 0;
  measure([&] {
    for (int64_t now = nowNs(); next <= now; next += interval) {
      say(conns[who], next);
      who = (who + 1) % conns.size();
    }
    flushAll();
    poll(std::max<int64_t>(0, std::min<int64_t>(next - nowNs(), 10 * oneMs)));
  });
  settle(1);
}

/** One sender; the next message goes when all have the one before, with at most `inflight` on their way. */
static void runGroup() {
  uint64_t others = conns.size() - 1;
  measure([&] {
    while (total.sent * others < total.deliveries + uint64_t(opt.inflight) * others) say(conns[0], nowNs());
    flushAll();
    poll(5 * oneMs);
  });
  settle(others);
}

/** Only the first of a pair is there: `count` messages for the other one, each waited for by its sender. */
static void runFill() {
  Connection& c = conns[0];
  announce("measuring");
  int64_t start = nowNs();
  while (total.echoes < opt.count && errorCount == 0) {
    while (total.sent < opt.count && total.sent < total.echoes + uint64_t(opt.inflight)) say(c, nowNs());
    flushAll();
    poll(5 * oneMs);
  }
  measuredSeconds = double(nowNs() - start) / 1e9;
  measured = total;
  announce("measured");
  settle(0);
}

/** Serves what comes until somebody writes a byte or closes the input. Was it a byte? */
static bool waitForByte() {
  fcntl(0, F_SETFL, O_NONBLOCK);
  char byte;
  for (;;) {
    poll(50 * oneMs);
    ssize_t n = read(0, &byte, 1);
    if (n >= 0) return n == 1;
  }
}

/** All hang up, and come back at once with what they know. */
static void runStorm() {
  if (!waitForByte()) return;
  hangUp();
  int64_t quiet = nowNs() + int64_t(opt.warm * 1e9);
  while (nowNs() < quiet) poll(50 * oneMs);
  announce("measuring");
  double cpu = cpuSeconds();
  int64_t start = nowNs();
  connectAll(200);
  measuredSeconds = double(nowNs() - start) / 1e9;
  measuredCpu = cpuSeconds() - cpu;
  announce("measured");
  waitForByte();
}

static void report() {
  std::sort(latencyUs.begin(), latencyUs.end());
  auto at = [](double q) {
    if (latencyUs.empty()) return 0.0;
    return latencyUs[std::min(latencyUs.size() - 1, size_t(q * double(latencyUs.size())))] / 1000.0;
  };
  uint64_t work = measured.deliveries ? measured.deliveries : measured.items ? measured.items : readyCount;
  printf("{\"seconds\":%.4f,\"connections\":%zu,\"sent\":%" PRIu64 ",\"ticks\":%" PRIu64 ",\"echoes\":%" PRIu64
         ",\"deliveries\":%" PRIu64 ",\"items\":%" PRIu64 ",\"missing\":%" PRIu64 ",\"repeated\":%" PRIu64
         ",\"holes\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"loader_us\":%.2f,"
         "\"first_error\":\"",
         measuredSeconds, conns.size(), measured.sent, measured.ticks, measured.echoes, measured.deliveries,
         measured.items, missing, repeated, holes, errorCount, at(.5), at(.99),
         work ? measuredCpu * 1e6 / double(work) : 0.0);
  for (char ch : firstError) {
    if (ch == '"' || ch == '\\') putchar('\\');
    if (uint8_t(ch) >= ' ') putchar(ch);
  }
  printf("\"}\n");
  fflush(stdout);
}

static void readOptions(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    string a = argv[i];
    auto value = [&]() -> string {
      if (++i >= argc) fail(a + " needs a value");
      return argv[i];
    };
    if (a == "--port") opt.port = atoi(value().c_str());
    else if (a == "--second-port") opt.secondPort = atoi(value().c_str());
    else if (a == "--accounts") opt.accounts = value();
    else if (a == "--mode") opt.mode = value();
    else if (a == "--dialect") opt.dialect = value();
    else if (a == "--connections") opt.connections = atoi(value().c_str());
    else if (a == "--skip") opt.skip = atoi(value().c_str());
    else if (a == "--inflight") opt.inflight = atoi(value().c_str());
    else if (a == "--seconds") opt.seconds = atof(value().c_str());
    else if (a == "--warm") opt.warm = atof(value().c_str());
    else if (a == "--rate") opt.rate = atof(value().c_str());
    else if (a == "--count") opt.count = uint64_t(atoll(value().c_str()));
    else if (a == "--receipts") opt.receipts = true;
    else if (a == "--plain") opt.plain = true;
    else fail("unknown option " + a);
  }
}

static void readAccounts() {
  std::ifstream file(opt.accounts);
  if (!file) fail("cannot read the accounts file");
  string line;
  for (int i = 0; std::getline(file, line); i++) {
    if (i < opt.skip) continue;
    if (opt.connections > 0 && int(conns.size()) == opt.connections) break;
    Connection c;
    std::istringstream fields(line);
    fields >> c.token >> c.account >> c.conversation;
    c.index = uint32_t(conns.size());
    conns.push_back(std::move(c));
  }
  if (conns.empty()) fail("the accounts file has no line for this");
}

int main(int argc, char** argv) {
  readOptions(argc, argv);
  readAccounts();
  if (opt.dialect == "mqtt") dialect = new Mqtt();
  else if (opt.dialect == "xmpp") dialect = new Xmpp();
  else dialect = new Parley(opt.dialect);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  ep = epoll_create1(0);
  announce("connecting");
  double cpu = cpuSeconds();
  int64_t start = nowNs();
  connectAll(200);
  if (opt.mode == "offline")
    while (errorCount == 0 && !std::all_of(conns.begin(), conns.end(), [](auto& c) { return c.isDone; }))
      poll(10 * oneMs);
  measuredSeconds = double(nowNs() - start) / 1e9;
  measuredCpu = cpuSeconds() - cpu;
  measured.items = total.items;
  announce("ready");
  if (opt.mode == "storm") runStorm();
  else if (opt.mode == "pairs") runPairs();
  else if (opt.mode == "rate") runRate();
  else if (opt.mode == "group") runGroup();
  else if (opt.mode == "fill") runFill();
  else if (opt.mode != "offline") fail("unknown mode " + opt.mode);
  report();
}
