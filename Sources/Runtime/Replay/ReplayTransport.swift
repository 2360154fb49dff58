import CPatchbay
import Records

/// Answers a connector's requests from a recording.
///
/// A recording holds what came in, not what was asked. So an HTTP request waits for a recorded response with its path
/// and symbols and gets it at the response's place in the order, or at once when that has passed; a stream opens at its
/// socket's place and gets the socket's messages. Where several sockets share a URL, the topics that both sides name
/// decide.
final class ReplayTransport: Transport {
  /// A recorded socket.
  private struct Socket {
    let url: SplitURL
    let topics: Set<Topic>
    /// How deep its books are, by symbol, where that was said.
    var depths: [String: Int] = [:]
    /// Its place in the recording has passed.
    var isOpen = false
    var stream: UInt64 = 0
  }

  /// A stream of the connector.
  private struct Stream {
    let url: SplitURL
    var topics: Set<Topic>
    var isOpen = false
  }

  private struct Request {
    let id: UInt64
    let text: String
    let url: SplitURL
  }

  private struct Response {
    let url: SplitURL
    let body: [UInt8]
    let headers: [(name: String, value: String)]
    let status: UInt32
  }

  private var sockets: [String: Socket] = [:]
  private var socketNames: [String] = []
  private var streams: [(id: UInt64, stream: Stream)] = []
  private var waiting: [Request] = []
  /// Responses whose place has passed and that nobody has asked for yet.
  private var unclaimed: [Response] = []
  /// The URLs of streams that the connector has opened, each once.
  private(set) var openedURLs: [String] = []
  /// The URLs of requests that no recorded response has answered.
  var unansweredURLs: [String] { waiting.map(\.text) }
  var reader: TopicReader
  /// Recorded paths that stand for the connector's, where the exchange has moved.
  private let paths: [String: String]
  /// The addresses of all recorded responses.
  private let responses: [SplitURL]
  private let lent: LentInstruments?
  private let addresses: LentAddresses
  /// The URLs of the recorded sockets, and how often an address was lent.
  private let socketURLs: [String]
  private var lentAddresses = 0
  /// The command for instruments has no end yet: what is asked for meanwhile, without an account, is their list.
  var isAskingInstruments = false
  /// The URLs of requests that a lent list has answered.
  private(set) var lentURLs: [String] = []

  init(
    capture: Capture, reader: TopicReader, paths: [String: String], lent: LentInstruments?, addresses: LentAddresses
  ) {
    self.reader = reader
    self.paths = paths
    (self.lent, self.addresses) = (lent, addresses)
    socketURLs = capture.entries.lazy.filter { $0.kind == .open }.map(\.url)
    responses = capture.entries.lazy.filter { $0.kind == .response }.map { SplitURL($0.url) }
    prepare(capture)
  }

  /// Finds the recording's sockets and what they subscribe to; again when the symbols are known.
  func prepare(_ capture: Capture) {
    for entry in capture.entries {
      switch entry.kind {
      case .open:
        let known = sockets[entry.connection]
        sockets[entry.connection] = Socket(
          url: SplitURL(entry.url), topics: (known?.topics ?? []).union(reader.topics(url: entry.url)),
          depths: known?.depths ?? [:], isOpen: known?.isOpen ?? false, stream: known?.stream ?? 0)
        if known == nil { socketNames.append(entry.connection) }
      case .text where !entry.isIncoming:
        guard let socket = sockets[entry.connection] else { continue }
        let topics = reader.topics(frame: entry.data)
        var depths = socket.depths
        if let depth = reader.depth(frame: entry.data) { for topic in topics { depths[topic.symbol] = depth } }
        sockets[entry.connection] = Socket(
          url: socket.url, topics: socket.topics.union(topics), depths: depths, isOpen: socket.isOpen,
          stream: socket.stream)
      default: break
      }
    }
  }

  /// What the recording's sockets subscribe to.
  var topics: Set<Topic> { sockets.values.reduce(into: []) { $0.formUnion($1.topics) } }

  /// How deep the recording's book of a symbol is; `nil` where it is not said.
  func depth(of symbol: String) -> Int? { socketNames.lazy.compactMap { self.sockets[$0]?.depths[symbol] }.first }

  // MARK: The recording's side

  /// A recorded socket opens.
  func open(socket name: String, _ session: Session) {
    sockets[name]?.isOpen = true
    guard let socket = sockets[name] else { return }
    for index in streams.indices where !streams[index].stream.isOpen && serves(socket.url, streams[index].stream.url) {
      streams[index].stream.isOpen = true
      session.post(.opened(stream: streams[index].id))
    }
  }

  /// Forgets every stream and gives those that were open.
  func cut() -> [UInt64] {
    defer { streams.removeAll() }
    for name in socketNames { sockets[name]?.stream = 0 }
    return streams.map(\.id)
  }

  /// The stream that gets a recorded socket's messages; 0 when the connector has none for it.
  func stream(of name: String) -> UInt64 {
    guard let socket = sockets[name] else { return 0 }
    if socket.stream != 0 { return socket.stream }
    var best: (score: Int, id: UInt64) = (-1, 0)
    for (id, stream) in streams where stream.isOpen && serves(socket.url, stream.url) {
      let score = 2 * socket.topics.intersection(stream.topics).count + (socket.url.host == stream.url.host ? 1 : 0)
      if score > best.score { best = (score, id) }
    }
    sockets[name]?.stream = best.id
    return best.id
  }

  /// A recorded response arrives.
  func respond(_ entry: CaptureEntry, _ session: Session) {
    let url = SplitURL(entry.url)
    if let index = waiting.firstIndex(where: { isAnswer(url, to: $0.url) }) {
      let request = waiting.remove(at: index)
      session.post(
        .replied(
          request: request.id, end: .replied(status: entry.status, headers: entry.headers), body: entry.data))
    } else {
      unclaimed.append(Response(url: url, body: entry.data, headers: entry.headers, status: entry.status))
    }
  }

  private func path(_ url: SplitURL) -> String { paths[url.path] ?? url.path }

  private func serves(_ recorded: SplitURL, _ asked: SplitURL) -> Bool { path(recorded) == path(asked) }

  /// The same path, and the same symbols in path or query; everything else may differ.
  private func matches(_ asked: SplitURL, _ recorded: SplitURL) -> Bool {
    path(recorded) == path(asked) && symbols(asked) == symbols(recorded)
  }

  /// Whether a recorded response is for a request: it matches, and none that matches has more values in common with
  /// what is asked. An exchange may list several markets by one path.
  private func isAnswer(_ recorded: SplitURL, to asked: SplitURL) -> Bool {
    guard matches(asked, recorded) else { return false }
    func common(_ url: SplitURL) -> Int { Set(url.values).intersection(asked.values).count }
    let own = common(recorded)
    return !responses.contains { common($0) > own && matches(asked, $0) }
  }

  private func symbols(_ url: SplitURL) -> Set<String> {
    Set(url.values.flatMap { reader.symbols(named: $0) })
  }

  // MARK: The connector's side

  func open(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_open.self)
    let text = literal(record, fact.url)
    let url = SplitURL(text)
    var stream = Stream(url: url, topics: reader.topics(url: text))
    if sockets.values.contains(where: { $0.isOpen && serves($0.url, url) }) {
      stream.isOpen = true
      session.post(.opened(stream: fact.stream))
    }
    streams.append((fact.stream, stream))
    if !openedURLs.contains(text) { openedURLs.append(text) }
  }

  func close(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_close.self)
    streams.removeAll { $0.id == fact.stream }
    for name in socketNames where sockets[name]?.stream == fact.stream { sockets[name]?.stream = 0 }
    session.post(.closed(stream: fact.stream, code: 1000, reason: "closed by the connector"))
  }

  func request(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_request.self)
    if fact.stream != 0 {
      guard let index = streams.firstIndex(where: { $0.id == fact.stream && $0.stream.isOpen }) else {
        let end = RequestEnd.notSent(code: UInt32(PB_REFUSAL_CLOSED), reason: "the stream is not open")
        return session.post(.sent(request: fact.request, end: end))
      }
      let topics = reader.topics(frame: Array(literal(record, fact.body).utf8))
      streams[index].stream.topics.formUnion(topics)
      return session.post(.sent(request: fact.request, end: .sent))
    }
    let text = literal(record, fact.url)
    let url = SplitURL(text)
    session.post(.sent(request: fact.request, end: .sent))
    if let index = unclaimed.firstIndex(where: { isAnswer($0.url, to: url) }) {
      let response = unclaimed.remove(at: index)
      session.post(
        .replied(
          request: fact.request, end: .replied(status: response.status, headers: response.headers),
          body: response.body))
    } else if isAskingInstruments, fact.account == 0, !responses.contains(where: { matches(url, $0) }),
      let body = lent?.body(path: url.path)
    {
      lentURLs.append(text)
      session.post(.replied(request: fact.request, end: .replied(status: 200, headers: []), body: body))
    } else if fact.account == 0, !responses.contains(where: { path($0) == path(url) }),
      let body = addresses.body(path: url.path, asked: lentAddresses, sockets: socketURLs)
    {
      lentAddresses += 1
      session.post(.replied(request: fact.request, end: .replied(status: 200, headers: []), body: body))
    } else {
      waiting.append(Request(id: fact.request, text: text, url: url))
    }
  }

  func abort(_ record: RecordReader, for session: Session) {
    let id = record.head(as: pb_out_abort.self).request
    waiting.removeAll { $0.id == id }
  }

  /// The literal parts of a text; what seals would give is left out.
  private func literal(_ record: RecordReader, _ text: pb_text) -> String {
    var bytes: [UInt8] = []
    for part in record.parts(text) { bytes.append(contentsOf: record.bytes(part.literal)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
