/// Whether anything came of a replay. One of which nothing came has no gaps either: it must not pass for a good one.
extension Replay {
  /// What the recording holds and the connector did not take, one sentence each; empty = the replay says something
  /// about the recording. To be asked at its end.
  public var findings: [String] {
    if instruments == nil { return [unansweredList] }
    if let instruments, instruments.outcome != .done { return ["there are no instruments: \(instruments.text)"] }
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
