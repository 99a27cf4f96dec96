// WebSocket frames with real masks, and in them Parley's JSON. The `ws` relay speaks the same frames, the Socket.IO
// relay the same inside its own.
#pragma once
#include "ledger.hpp"

class Parley : public Dialect {
 public:
  explicit Parley(const string& name) : isSocketIo(name == "socketio"), isParley(name == "parley") {}

  bool isDense() const override { return isParley; }

  void opened(Connection& c) override {
    c.senderMark = "\"sender\":\"" + c.account + "\"";
    c.out += isSocketIo ? "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" : "GET /v1/ws HTTP/1.1\r\n";
    c.out += "Host: 127.0.0.1:" + std::to_string(portOf(c)) +
             "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (isParley) c.out += "Sec-WebSocket-Protocol: parley.v1.json\r\n";
    c.out += "\r\n";
  }

  size_t take(Connection& c, string_view bytes) override {
    size_t at = 0;
    if (c.step == 0) {
      size_t end = bytes.find("\r\n\r\n");
      if (end == string_view::npos) return 0;
      if (bytes.find(" 101 ") == string_view::npos) fail("upgrade refused: " + string(bytes.substr(0, 200)));
      at = end + 4;
      c.step = 1;
      if (!isSocketIo) hello(c);
    }
    while (bytes.size() - at >= 2) {
      const auto* p = reinterpret_cast<const unsigned char*>(bytes.data()) + at;
      size_t left = bytes.size() - at, head = 2;
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
      frame(c, p[0] & 15, bytes.substr(at + head, n));
      at += head + n;
    }
    return at;
  }

  void message(Connection& c, uint64_t number, int64_t atNs) override {
    json = isSocketIo ? "42[\"frame\"," : "";
    json += "{\"type\":\"message\",\"ref\":\"";
    appendNumber(json, number);
    json += "\",\"id\":\"";
    appendId(json);
    json += "\",\"conversation_id\":\"";
    json += c.conversation;
    if (!opt.plain) json += "\",\"format\":\"sealed";
    json += "\",\"content\":\"";
    appendSealed(json, number, atNs);
    json += "\",\"timestamp\":\"";
    json += stamp();
    json += "\",\"lamport\":";
    appendNumber(json, ++c.lamport);
    // As a client says it that knows the newest lists of members and of devices.
    if (!opt.plain) json += ",\"member_n\":1099511627776,\"keys_n\":1099511627776";
    json += ",\"first\":true}";
    if (isSocketIo) json += ']';
    queue(c, json);
  }

  /** Asks for the next page of the conversation. */
  void askPage(Connection& c) {
    text(c, "{\"type\":\"sync\",\"ref\":\"p\",\"conversation_id\":\"" + c.conversation +
                "\",\"after\":" + std::to_string(c.seq) + ",\"limit\":200}");
  }

 private:
  bool isSocketIo, isParley;
  string json;

  /** What a server sees of an encrypted text of 100 bytes: its shape, and 550 characters of which it understands none. */
  static void appendSealed(string& to, uint64_t number, int64_t atNs) {
    size_t start = to.size();
    to += sealedHead;
    appendNumber(to, uint64_t(atNs));
    to += '/';
    appendNumber(to, number);
    to += '/';
    to.append(start + sealedHead.size() + sealedCharacters - to.size(), 'x');
  }

  /** Reads what `appendSealed` wrote; false when there is none. */
  static bool readSealed(string_view text, uint64_t& number, int64_t& atNs) {
    size_t at = text.find(sealedHead);
    if (at == string_view::npos) return false;
    at += sealedHead.size();
    atNs = int64_t(numberAt(text.substr(at)));
    at = text.find('/', at);
    if (at == string_view::npos) return false;
    number = numberAt(text.substr(at + 1));
    return true;
  }

  static constexpr string_view sealedHead = "1.LoadLoadLoadLoadLoadLoadLoadLoadLoadLoadLoa.Awxx";
  static constexpr size_t sealedCharacters = 550 - 4;

  void hello(Connection& c) {
    string since = c.since.empty() ? "" : "\",\"since\":\"" + c.since;
    text(c, "{\"type\":\"hello\",\"protocol\":1,\"token\":\"" + c.token + since + "\"}");
  }

  void text(Connection& c, const string& frame) { queue(c, isSocketIo ? "42[\"frame\"," + frame + "]" : frame); }

  static void queue(Connection& c, string_view payload, unsigned char opcode = 1) {
    string& o = c.out;
    size_t n = payload.size();
    if (n >= 65536) fail("frame too large");
    o.push_back(char(0x80 | opcode));
    if (n < 126) {
      o.push_back(char(0x80 | n));
    } else {
      o.push_back(char(0x80 | 126));
      o.push_back(char(n >> 8));
      o.push_back(char(n));
    }
    uint32_t mask = uint32_t(nextRandom()) | 0x01010101u;
    char m[4];
    memcpy(m, &mask, 4);
    o.append(m, 4);
    size_t start = o.size();
    o.append(payload);
    char* p = o.data() + start;
    uint64_t wide = (uint64_t(mask) << 32) | mask;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
      uint64_t v;
      memcpy(&v, p + i, 8);
      v ^= wide;
      memcpy(p + i, &v, 8);
    }
    for (; i < n; i++) p[i] = char(p[i] ^ m[i & 3]);
    mark(c);
  }

  /** A UUID of version 7. */
  static void appendId(string& to) {
    static uint64_t counter = nextRandom();
    static const char hex[] = "0123456789abcdef";
    counter++;
    uint64_t high = (uint64_t(wallMs()) << 16) | 0x7000 | ((counter >> 48) & 0xfff);
    uint64_t low = 0x8000000000000000ULL | (counter & 0xffffffffffffULL);
    for (int i = 0; i < 32; i++) {
      if (i == 8 || i == 12 || i == 16 || i == 20) to += '-';
      uint64_t half = i < 16 ? high : low;
      to += hex[(half >> (60 - 4 * (i & 15))) & 15];
    }
  }

  static const char* stamp() {
    static int64_t last = 0;
    static char out[32];
    int64_t wall = wallMs();
    if (wall == last) return out;
    last = wall;
    time_t s = wall / 1000;
    tm u;
    gmtime_r(&s, &u);
    size_t n = strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%S", &u);
    snprintf(out + n, sizeof out - n, ".%03dZ", int(wall % 1000));
    return out;
  }

  void frame(Connection& c, unsigned opcode, string_view payload) {
    if (opcode == 1) {
      if (isSocketIo)
        socketIo(c, payload);
      else
        textFrame(c, payload);
    } else if (opcode == 9) {
      queue(c, payload, 10);
    } else if (opcode == 8) {
      int code = payload.size() >= 2 ? (uint8_t(payload[0]) << 8) | uint8_t(payload[1]) : 0;
      noteError("closed by the server with " + std::to_string(code));
    }
  }

  void socketIo(Connection& c, string_view packet) {
    if (packet.empty()) return;
    if (packet[0] == '0') return queue(c, "40");
    if (packet[0] == '2') return queue(c, "3");
    if (packet.substr(0, 2) == "40") return hello(c);
    size_t open = packet.find('{');
    if (open != string_view::npos) textFrame(c, packet.substr(open));
  }

  void textFrame(Connection& c, string_view f) {
    if (is(f, "message\"")) return envelope(c, f);
    if (is(f, "sent\"")) return ticked(c, uint64_t(numberBehind(f, "\"ref\":\"")));
    if (is(f, "receipt\"") || is(f, "presence\"") || is(f, "notice\"") || is(f, "keys\"")) return;
    if (is(f, "welcome\"")) {
      // Parley answers `hello` with what changed too: only then the client has caught up.
      if (!isParley) becameReady(c);
      return;
    }
    if (is(f, "changes\"")) {
      if (c.phase != Phase::ready) becameReady(c);
      keepSince(c, f);
      if (opt.mode == "offline") askPage(c);
      return;
    }
    if (is(f, "messages\"")) return page(c, f);
    if (is(f, "heartbeat\"")) return text(c, "{\"type\":\"heartbeat\"}");
    noteError(string(f));
  }

  static bool is(string_view frame, string_view type) {
    static constexpr string_view start = "{\"type\":\"";
    return frame.compare(0, start.size(), start) == 0 && frame.compare(start.size(), type.size(), type) == 0;
  }

  void envelope(Connection& c, string_view f) {
    uint64_t number;
    int64_t at, seq = numberBehind(f, "\"seq\":");
    if (!readSealed(f, number, at)) return placed(c, seq);
    placed(c, seq);
    if (f.find(c.senderMark) != string_view::npos) return echoed(c, number);
    if (opt.receipts) {
      string place = "\"conversation_id\":\"" + c.conversation + "\",\"seq\":" + std::to_string(seq) + "}";
      text(c, "{\"type\":\"received\"," + place);
      text(c, "{\"type\":\"read\"," + place);
    }
    delivered(c, number, at);
  }

  static void keepSince(Connection& c, string_view f) {
    static constexpr string_view name = "\"since\":\"";
    size_t at = f.rfind(name);
    if (at == string_view::npos) return noteError("changes without a since");
    f.remove_prefix(at + name.size());
    c.since = f.substr(0, f.find('"'));
  }

  /** A page of history: every seq that it shows must follow the one before. */
  void page(Connection& c, string_view f) {
    for (size_t at = f.find("\"seq\":"); at != string_view::npos; at = f.find("\"seq\":", at + 6)) {
      int64_t seq = int64_t(numberAt(f.substr(at + 6)));
      if (seq != c.seq + 1) holes++;
      c.seq = seq;
      total.items++;
    }
    if (f.find("\"has_more\":true") == string_view::npos)
      c.isDone = true;
    else
      askPage(c);
  }
};
