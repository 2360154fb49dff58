import MarketModel

/// Whether anything came of a replay. One of which nothing came has no gaps either: it must not pass for a good one.
extension Replay {
  /// What the recording holds and the connector did not take, one sentence each; empty = the replay says something
  /// about the recording. To be asked at its end.
  public var findings: [String] {
    if instruments == nil { return [unansweredList] }
    if let instruments, instruments.outcome != .done { return ["there are no instruments: \(instruments.text)"] }
    if session.view.all.isEmpty { return ["the list of instruments is empty"] }
    guard claimedFrames + unclaimedFrames > 0 else {
      return ["the recording has no messages of a stream, so nothing could come of it"]
    }
    var findings: [String] = []
    if claimedFrames == 0 { findings.append("none of its \(unclaimedFrames) messages was taken: \(streams)") }
    let known = books.sorted().filter { (session.view.market(symbol: $0)?.book.counters.snapshots ?? 0) > 0 }
    if known.isEmpty, !books.isEmpty {
      findings.append("no book was built of \(books.sorted().joined(separator: ", "))")
    }
    if findings.isEmpty, known.isEmpty, trades.isEmpty, tickers.isEmpty {
      findings.append("neither a book nor a trade nor a ticker came of it: \(streams)")
    }
    return findings
  }

  /// What would help where `findings` says that something is missing, one sentence each.
  public var advice: [String] {
    guard instruments == nil || instruments?.outcome != .done || session.view.all.isEmpty else { return [] }
    return [
      "lend a list of instruments with --instruments FILE, the exchange's own answer to that request, or with "
        + "\"replies\" in certification.json"
    ]
  }

  /// A recorded socket whose messages the connector did not get.
  public struct NotTaken: Equatable, Sendable {
    public let recorded: String
    /// What comes closest among the streams that the connector opened; nil when it opened none.
    public let opened: String?
    public let messages: Int
    /// What makes the two the same in `certification.json`; nil when they differ in more than their paths.
    public let remedy: String?
  }

  /// The recorded sockets whose messages were not taken, each beside the stream that comes closest.
  public var notTaken: [NotTaken] {
    unclaimed.map { socket in
      let opened = transport.openedURLs.max { likeness($0, socket.url) < likeness($1, socket.url) }
      return NotTaken(
        recorded: socket.url, opened: opened, messages: socket.frames,
        remedy: opened.flatMap { remedy(recorded: SplitURL(socket.url), opened: SplitURL($0)) })
    }
  }

  /// How long two texts are the same from their beginnings.
  private func likeness(_ left: String, _ right: String) -> Int {
    zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
  }

  private func remedy(recorded: SplitURL, opened: SplitURL) -> String? {
    guard recorded.path != opened.path else { return nil }
    let isSlash = recorded.path + "/" == opened.path || opened.path + "/" == recorded.path
    return (isSlash ? "they differ by a slash at the end; " : "")
      + "\"paths\": {\"\(recorded.path)\": \"\(opened.path)\"} in certification.json takes one for the other"
  }

  /// Who lent the list of instruments, and for which request; nil when the recording has its own.
  public var lender: String? {
    transport.lentURLs.first.map { "\(manifest.lent?.source ?? "") answers \($0)" }
  }

  /// Why a book was lost, for people.
  public func words(_ gap: Gap) -> String {
    let exponent = session.view.market(symbol: gap.symbol)?.instrument.priceExponent
    return exponent.map { gap.reason.words(priceExponent: $0) } ?? gap.reason.description
  }

  private var unansweredList: String {
    "the question for instruments was not answered: asked was \(list(transport.unansweredURLs)); recorded are "
      + "the answers of \(list(capture.answerURLs))"
  }

  private var streams: String {
    "recorded are the streams \(list(capture.streamURLs)); opened were \(list(transport.openedURLs))"
  }

  private func list(_ urls: [String]) -> String {
    let most = 8
    let more = urls.count > most ? " and \(urls.count - most) more" : ""
    return urls.isEmpty ? "none" : urls.prefix(most).joined(separator: ", ") + more
  }
}

extension MarketState {
  /// The state of its book, for people.
  public var bookWords: String {
    guard case .notReady(let reason) = book.state else { return book.state.description }
    return reason.words(priceExponent: instrument.priceExponent)
  }
}
