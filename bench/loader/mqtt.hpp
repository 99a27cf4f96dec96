// MQTT 3.1.1 with QoS 1 both ways. Pairs publish to the topic of the other account, a group to the topic of its
// conversation; the broker's acknowledgement is the tick.
#pragma once
#include "ledger.hpp"

class Mqtt : public Dialect {
 public:
  bool echoes() const override { return opt.mode == "group"; }

  void opened(Connection& c) override {
    string payload = sized("MQTT") + string("\x04\x02\x00\x3c", 4) + sized(c.account);
    packet(c, 0x10, payload);
  }

  size_t take(Connection& c, string_view bytes) override {
    size_t at = 0;
    while (bytes.size() - at >= 2) {
      size_t length = 0, head = 1;
      for (int shift = 0;; shift += 7) {
        if (at + head >= bytes.size()) return at;
        auto b = uint8_t(bytes[at + head++]);
        length |= size_t(b & 127) << shift;
        if (!(b & 128)) break;
      }
      if (bytes.size() - at < head + length) return at;
      control(c, uint8_t(bytes[at]), bytes.substr(at + head, length));
      at += head + length;
    }
    return at;
  }

  void message(Connection& c, uint64_t number, int64_t atNs) override {
    body = sized(opt.mode == "group" ? "g/" + c.conversation : "u/" + conns[c.index ^ 1].account);
    uint16_t id = uint16_t(1 + number % 65535);
    body += char(id >> 8);
    body += char(id);
    appendBody(body, number, atNs);
    packet(c, 0x32, body);
  }

 private:
  string body;

  static string sized(const string& text) { return string{char(text.size() >> 8), char(text.size())} + text; }

  static void packet(Connection& c, uint8_t type, string_view payload) {
    c.out += char(type);
    size_t n = payload.size();
    do {
      c.out += char((n & 127) | (n > 127 ? 128 : 0));
      n >>= 7;
    } while (n > 0);
    c.out.append(payload);
    mark(c);
  }

  void control(Connection& c, uint8_t type, string_view p) {
    switch (type >> 4) {
      case 2:
        if (p.size() < 2 || p[1] != 0) fail("the broker refuses connections");
        return packet(c, 0x82, string("\x00\x01", 2) +
                                   sized(opt.mode == "group" ? "g/" + c.conversation : "u/" + c.account) + "\x01");
      case 9:
        return becameReady(c);
      case 4:
        // Packet ids go round; acknowledgements come in order, so the next number with this id is meant.
        if (uint16_t(1 + c.nextTick % 65535) != uint16_t((uint8_t(p[0]) << 8) | uint8_t(p[1]))) repeated++;
        return ticked(c, c.nextTick);
      case 3:
        return published(c, type, p);
    }
  }

  void published(Connection& c, uint8_t type, string_view p) {
    size_t topic = (size_t(uint8_t(p[0])) << 8) | uint8_t(p[1]);
    if (((type >> 1) & 3) == 1) packet(c, 0x40, p.substr(2 + topic, 2));
    uint64_t number;
    int64_t at;
    if (!readBody(p, 2 + topic, number, at)) return noteError("a message that nobody sent");
    if (opt.mode == "group" && c.index == 0) return echoed(c, number);
    delivered(c, number, at);
  }
};
