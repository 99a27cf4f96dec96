// What was sent, and proof of what came back: every message got its tick, came back to its sender where the dialect
// does that, and reached the other side, once and in order. Numbers count from 0 per sending connection.
#pragma once
#include <algorithm>

#include "connection.hpp"

struct Counts {
  uint64_t sent = 0, ticks = 0, echoes = 0, deliveries = 0, items = 0;
};

/** Since the beginning, and at the beginning of the measured time. */
inline Counts total, before;
inline uint64_t missing = 0, repeated = 0, holes = 0;
inline bool isMeasuring = false, isStopping = false;
inline vector<uint32_t> latencyUs;
/** Called for every delivery, so that a workload can send on. */
inline void (*onDelivery)(Connection& receiver) = nullptr;

inline void expect(uint64_t& next, uint64_t number) {
  if (number < next) {
    repeated++;
    return;
  }
  missing += number - next;
  next = number + 1;
}

inline void ticked(Connection& c, uint64_t number) {
  total.ticks++;
  expect(c.nextTick, number);
}

/** All messages below `count` are acknowledged. */
inline void tickedUpTo(Connection& c, uint64_t count) {
  if (count < c.nextTick || count > c.sent) repeated++;
  while (c.nextTick < count) ticked(c, c.nextTick);
}

inline void echoed(Connection& c, uint64_t number) {
  total.echoes++;
  expect(c.nextEcho, number);
}

inline void delivered(Connection& c, uint64_t number, int64_t atNs) {
  total.deliveries++;
  expect(c.nextDelivery, number);
  bool isSampled = opt.mode == "rate" || (total.deliveries & 15) == 0;
  if (isMeasuring && isSampled) {
    int64_t us = (nowNs() - atNs) / 1000;
    latencyUs.push_back(uint32_t(std::clamp<int64_t>(us, 0, UINT32_MAX)));
  }
  if (onDelivery != nullptr) onDelivery(c);
}

/** A place in a conversation was shown to this connection. */
inline void placed(Connection& c, int64_t seq) {
  if (dialect->isDense() && c.seq > 0 && seq != c.seq + 1) holes++;
  c.seq = seq;
}

inline void say(Connection& c, int64_t atNs) {
  dialect->message(c, c.sent++, atNs);
  total.sent++;
}

inline const char filler[] =
    "The river was low this morning and the ferry did not run, so we walked along the bank to the "
    "mill and waited for the others there, which was no loss at all in this light.";

/** "t=<nanoseconds> n=<number> <words>", about 200 bytes that need no escaping in JSON or XML. */
inline void appendBody(string& to, uint64_t number, int64_t atNs) {
  to += "t=";
  appendNumber(to, uint64_t(atNs));
  to += " n=";
  appendNumber(to, number);
  to += ' ';
  to.append(filler, sizeof filler - 1);
}

/** Reads what `appendBody` wrote from the first "t=" at or behind `from`; false when there is none. */
inline bool readBody(string_view text, size_t from, uint64_t& number, int64_t& atNs) {
  size_t at = text.find("t=", from);
  if (at == string_view::npos) return false;
  atNs = int64_t(numberAt(text.substr(at + 2)));
  int64_t found = numberBehind(text, " n=", at);
  number = uint64_t(found);
  return found >= 0;
}
