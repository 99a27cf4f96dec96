// Clocks, chance and options of the load generator. One thread and one translation unit: what is shared stands here.
#pragma once
#include <sys/resource.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

using std::string;
using std::string_view;
using std::vector;

constexpr int64_t oneMs = 1000000;
constexpr int64_t oneSecond = 1000 * oneMs;

inline int64_t nowNs() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t(t.tv_sec) * oneSecond + t.tv_nsec;
}

inline int64_t wallMs() {
  timespec t;
  clock_gettime(CLOCK_REALTIME_COARSE, &t);
  return int64_t(t.tv_sec) * 1000 + t.tv_nsec / oneMs;
}

inline double cpuSeconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

[[noreturn]] inline void fail(const string& why) {
  fprintf(stderr, "loader: %s\n", why.c_str());
  exit(1);
}

struct Options {
  int port = 0, secondPort = 0, connections = 0, inflight = 8, skip = 0;
  uint64_t count = 0;
  double seconds = 10, rate = 0, warm = 1;
  bool receipts = false, plain = false;
  string accounts, mode = "pairs", dialect = "parley";
};

inline Options opt;

inline uint64_t nextRandom() {
  static uint64_t state = 0x9e3779b97f4a7c15ULL ^ uint64_t(nowNs());
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

/** Appends a whole number in decimal. */
inline void appendNumber(string& to, uint64_t value) {
  char digits[20];
  int at = 20;
  do digits[--at] = char('0' + value % 10);
  while (value /= 10);
  to.append(digits + at, size_t(20 - at));
}

/** The whole number at the beginning of the text; whatever follows is not looked at. */
inline uint64_t numberAt(string_view text) {
  uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') break;
    value = value * 10 + uint64_t(c - '0');
  }
  return value;
}

/** The whole number right behind `name`, searched from `from` on; −1 when there is none. */
inline int64_t numberBehind(string_view text, string_view name, size_t from = 0) {
  size_t at = text.find(name, from);
  return at == string_view::npos ? -1 : int64_t(numberAt(text.substr(at + name.size())));
}
