// XMPP as far as one-to-one messages need it: PLAIN, binding, stream management on both sides. The server's count of
// handled stanzas is the tick.
#pragma once
#include "ledger.hpp"

class Xmpp : public Dialect {
 public:
  bool echoes() const override { return false; }

  void opened(Connection& c) override { openStream(c); }

  size_t take(Connection& c, string_view bytes) override {
    size_t at = 0;
    while (at < bytes.size()) {
      string_view left = bytes.substr(at);
      size_t length = elementLength(left);
      if (length == 0) break;
      element(c, left.substr(0, length));
      at += length;
    }
    return at;
  }

  void message(Connection& c, uint64_t number, int64_t atNs) override {
    c.out += "<message type='chat' to='" + conns[c.index ^ 1].account + "@localhost' id='m";
    appendNumber(c.out, number);
    c.out += "'><body>";
    appendBody(c.out, number, atNs);
    c.out += "</body></message>";
    c.lamport++;
    mark(c);
  }

  /** One request for an acknowledgement for everything of the turn. */
  void beforeWrite(Connection& c) override {
    if (c.lamport == 0) return;
    c.lamport = 0;
    c.out += "<r xmlns='urn:xmpp:sm:3'/>";
  }

 private:
  static void say(Connection& c, const string& text) {
    c.out += text;
    mark(c);
  }

  static void openStream(Connection& c) {
    say(c, "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' "
           "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>");
  }

  /** Length of the element at the front with everything inside; 0 when it is not whole. No element holds its own kind. */
  static size_t elementLength(string_view text) {
    size_t close = text.find('>');
    if (close == string_view::npos) return 0;
    if (text[0] != '<') return text.find('<') == string_view::npos ? 0 : text.find('<');
    if (text[1] == '?' || text[1] == '/' || text.substr(0, 14) == "<stream:stream" || text[close - 1] == '/')
      return close + 1;
    size_t nameEnd = text.find_first_of(" >", 1);
    string end = "</" + string(text.substr(1, nameEnd - 1)) + ">";
    size_t at = text.find(end, close);
    return at == string_view::npos ? 0 : at + end.size();
  }

  static bool begins(string_view text, string_view with) { return text.compare(0, with.size(), with) == 0; }

  void element(Connection& c, string_view e) {
    if (begins(e, "<message")) {
      c.stanzas++;
      uint64_t number;
      int64_t at;
      if (readBody(e, 0, number, at)) delivered(c, number, at);
    } else if (begins(e, "<r ") || begins(e, "<r/")) {
      say(c, "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(c.stanzas) + "'/>");
    } else if (begins(e, "<a ")) {
      size_t at = e.find("h='");
      uint64_t handled = at == string_view::npos ? 0 : numberAt(e.substr(at + 3));
      tickedUpTo(c, handled > 0 ? handled - 1 : 0);
    } else if (begins(e, "<stream:features")) {
      if (c.step++ == 0)
        say(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
                   base64('\0' + c.account + '\0' + c.token) + "</auth>");
      else
        say(c, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
               "<resource>bench</resource></bind></iq>");
    } else if (begins(e, "<success")) {
      openStream(c);
    } else if (begins(e, "<iq") && c.phase != Phase::ready && e.find("id='b'") != string_view::npos) {
      say(c, "<enable xmlns='urn:xmpp:sm:3'/>");
    } else if (begins(e, "<enabled")) {
      c.stanzas = 0;
      say(c, "<presence/>");
      becameReady(c);
    } else if (begins(e, "<iq") || begins(e, "<presence")) {
      c.stanzas++;
    } else if (begins(e, "<failure") || begins(e, "<failed") || begins(e, "<stream:error")) {
      noteError(string(e));
    }
  }

  static string base64(const string& in) {
    static const char table[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    string out;
    for (size_t i = 0; i < in.size(); i += 3) {
      uint32_t v = uint32_t(uint8_t(in[i])) << 16;
      if (i + 1 < in.size()) v |= uint32_t(uint8_t(in[i + 1])) << 8;
      if (i + 2 < in.size()) v |= uint8_t(in[i + 2]);
      out += table[v >> 18];
      out += table[(v >> 12) & 63];
      out += i + 1 < in.size() ? table[(v >> 6) & 63] : '=';
      out += i + 2 < in.size() ? table[v & 63] : '=';
    }
    return out;
  }
};
