import Catalog
import JSONTree

/// A channel of a symbol, as a recording names it.
struct Topic: Hashable {
  /// As the connector writes it.
  let symbol: String
  let channel: Channels
}

/// Finds out what a piece of text subscribes to: a stream's URL, or a frame that was sent on it. The same reading
/// serves the recording and the connector under test, so that their sockets can be matched without knowing either
/// exchange.
///
/// A unit (one piece of a URL's query, or one frame) names symbols and channels; where a single string holds both, as
/// in `btcusdt@depth@100ms`, they belong together, else every symbol of the unit goes with every channel of it.
struct TopicReader {
  /// Known symbols.
  let symbols: NameIndex
  /// Channel names of the exchange, lower case; from the connector's certification manifest.
  var aliases: [String: Channels]
  /// Members of frames whose numbers are symbols; from the same.
  var symbolMembers: Set<String> = []

  func topics(url: String) -> Set<Topic> {
    var topics = Set<Topic>()
    // A channel in a piece of its own is that of the symbols behind it: `/trades/BTCUSDC`.
    var before: Channels = []
    for piece in url.split(whereSeparator: { "?&=/,".contains($0) }) {
      let (found, channels) = read(String(piece))
      if found.isEmpty, !channels.isEmpty { before = channels }
      topics.formUnion(cross(found, channels.isEmpty ? before : channels))
    }
    return topics
  }

  func topics(frame: [UInt8]) -> Set<Topic> {
    guard let value = try? JSONDocument.parse(bytes: frame) else { return [] }
    var together = Set<Topic>()
    var symbols = Set<String>()
    var channels: Channels = []
    strings(of: value) { text in
      let (found, named) = read(text)
      if !found.isEmpty, !named.isEmpty {
        together.formUnion(cross(found, named))
      } else {
        symbols.formUnion(found)
        channels.formUnion(named)
      }
    }
    return together.union(cross(symbols, channels))
  }

  /// The symbols that a text names: recordings may write them in another case.
  func symbols(named text: String) -> [String] {
    switch symbols.find(text) {
    case .one(let symbol): [symbol]
    case .several(let symbols): symbols
    case .none: []
    }
  }

  /// How deep a frame wants its books, in levels per side, as far as it says so in a member `depth`.
  func depth(frame: [UInt8]) -> Int? {
    (try? JSONDocument.parse(bytes: frame)).flatMap(depth)
  }

  private func depth(_ value: JSONValue) -> Int? {
    for member in value.object ?? [] {
      if member.key == "depth", let depth = member.value.int { return depth }
      if let depth = depth(member.value) { return depth }
    }
    return nil
  }

  private func cross(_ symbols: Set<String>, _ channels: Channels) -> Set<Topic> {
    var topics = Set<Topic>()
    for symbol in symbols {
      for (_, channel) in Channels.names where channels.contains(channel) {
        topics.insert(Topic(symbol: symbol, channel: channel))
      }
    }
    return topics
  }

  /// The words of a frame that names a symbol which stand for no channel: among them are the channels that
  /// `certification.json` has forgotten.
  func unmapped(frame: [UInt8]) -> [String] {
    guard let value = try? JSONDocument.parse(bytes: frame) else { return [] }
    var words: [String] = []
    var alone: [String] = []
    var namesSymbol = false
    strings(of: value) { text in
      let (found, channels) = read(text)
      namesSymbol = namesSymbol || !found.isEmpty
      guard channels.isEmpty else { return }
      if found.isEmpty { alone.append(text) } else { words += strangers(in: text) }
    }
    if namesSymbol { words += alone.filter(isWord) }
    return words
  }

  /// The same of a stream's URL, whose pieces each name a symbol and a channel.
  func unmapped(url: String) -> [String] {
    url.split(whereSeparator: { "?&=/,".contains($0) }).flatMap { piece in
      let (found, channels) = read(String(piece))
      return found.isEmpty || !channels.isEmpty ? [] : strangers(in: String(piece))
    }
  }

  /// The parts of a text that are no symbols.
  private func strangers(in text: String) -> [String] {
    pieces(text).filter { symbols(named: $0).isEmpty && isWord($0) }
  }

  /// Numbers and keys are no names of channels, and the verb that subscribes is none.
  private func isWord(_ text: String) -> Bool {
    let verbs: Set = ["subscribe", "subscription", "unsubscribe", "sub", "unsub", "req"]
    return (2...40).contains(text.count) && text.contains(where: \.isLetter) && !text.contains("://")
      && !verbs.contains(text.lowercased())
  }

  private func pieces(_ text: String) -> [String] {
    text.split(whereSeparator: { "@:.|, ".contains($0) }).map(String.init)
  }

  /// The texts of a frame, and those of JSON that stands in a text.
  private func strings(of value: JSONValue, _ body: (String) -> Void) {
    if let inner = value.embedded {
      strings(of: inner, body)
    } else if let text = value.string {
      body(text)
    }
    for element in value.array ?? [] { strings(of: element, body) }
    for member in value.object ?? [] {
      if let number = member.value.number, symbolMembers.contains(member.key) { body(number) }
      strings(of: member.value, body)
    }
  }

  /// The symbols and channels that one string names: as a whole, or in its parts. A channel's name may be of several
  /// parts: `spot@public.aggre.depth.v3.api.pb` in `spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT`.
  private func read(_ text: String) -> (symbols: Set<String>, channels: Channels) {
    var found = Set<String>()
    var channels: Channels = []
    let word = text.lowercased()
    let parts = pieces(word)
    for (name, channel) in aliases where parts.count > 1 && pieces(name).count > 1 {
      if !parts.ranges(of: pieces(name)).isEmpty { channels.formUnion(channel) }
    }
    // One word may hold both, and more: `diff_order_book_btcusd`, `orderbook_BTC-USD_500`.
    for (name, channel) in aliases where word.hasPrefix(name + "_") {
      let rest = text.dropFirst(name.count + 1)
      var behind = symbols(named: String(rest))
      if behind.isEmpty, let end = rest.lastIndex(of: "_") { behind = symbols(named: String(rest[..<end])) }
      if !behind.isEmpty { channels.formUnion(channel) }
      found.formUnion(behind)
    }
    for piece in [text] + pieces(text) {
      found.formUnion(symbols(named: piece))
      if let channel = aliases[piece.lowercased()] { channels.formUnion(channel) }
    }
    return (found, channels)
  }
}
