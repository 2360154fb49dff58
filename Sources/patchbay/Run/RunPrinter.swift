import Decimals
import JSONTree
import PatchbayHost
import PrintableText
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// Prints what a running host does: JSON lines for programs, for pipes and logs lines of what changes, a picture for
/// terminals.
final class RunPrinter {
  enum Form { case json, lines, picture }

  private let environment: CommandEnvironment
  private let form: Form
  private var screen = StatusScreen()
  private var changes = StatusChanges()

  init(_ environment: CommandEnvironment, _ form: Form) {
    self.environment = environment
    self.form = form
  }

  /// Events since the last time, then how everything stands.
  /// - Parameter seconds: since the start.
  func print(_ events: (events: [RunEvent], dropped: Int), _ seats: [SeatStatus], seconds: Int64) {
    var texts = events.events.map(text)
    if events.dropped > 0 {
      texts.append(text(RunEvent(kind: "warning", connector: "patchbay", text: "\(events.dropped) events not shown")))
    }
    switch form {
    case .json: texts += seats.flatMap { seat in seat.pairs.map { JSONWriter.compact(StatusText.json(seat, $0)) } }
    case .lines: texts += changes.lines(seats, seconds: seconds).map(\.printable)
    case .picture:
      let lines = StatusText.picture(seats, seconds: seconds, environment.terminalWidth, environment.terminalHeight)
      environment.draw(screen.draw(lines, below: texts))
      texts = []
    }
    for text in texts { environment.output(text + "\n") }
    fflush(nil)
  }

  /// One message of the host itself.
  func say(_ kind: String, _ words: String) {
    tell(RunEvent(kind: kind, connector: "patchbay", text: words))
  }

  func tell(_ event: RunEvent) {
    environment.output(text(event) + "\n")
    fflush(nil)
  }

  private func text(_ event: RunEvent) -> String {
    guard form == .json else { return "\(event.connector): \(event.kind): \(event.text)".printable }
    return JSONWriter.compact(event.json)
  }
}

/// What is new in how a host stands, so that a log does not repeat what it holds: a pair when its book begins, what is
/// waited for when it begins or ends, and a summary a minute.
struct StatusChanges {
  private static let between: Int64 = 60
  private var known: Set<String> = []
  private var ready: Set<String> = []
  private var nextSummary: Int64 = 0

  /// - Parameter seconds: since the start.
  mutating func lines(_ seats: [SeatStatus], seconds: Int64) -> [String] {
    guard !seats.isEmpty else { return [] }
    var lines: [String] = []
    var (now, nowReady) = (Set<String>(), Set<String>())
    for seat in seats {
      let books = StatusText.books(seat)
      nowReady.formUnion(books.map { $0.name })
      lines += books.filter { !ready.contains($0.name) }.map { $0.line }
      let troubles = StatusText.troubles(seat)
      let new = troubles.filter { !known.contains($0) }
      // Of what is repeated in other words, such as a time, the end is not said.
      if troubles.isEmpty, known.contains(where: { $0.hasPrefix("\(seat.name): ") }) {
        lines.append("\(seat.name): ready")
      }
      lines += new
      now.formUnion(troubles)
    }
    (known, ready) = (now, nowReady)
    if seconds >= nextSummary {
      if nextSummary > 0 { lines.append(StatusText.summary(seats)) }
      nextSummary = seconds + Self.between
    }
    return lines
  }
}

/// A picture that is drawn over the one before, with what is to stay above it.
struct StatusScreen {
  private var drawn = 0

  mutating func draw(_ lines: [String], below texts: [String]) -> String {
    var text = drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : ""
    for line in texts + lines { text += line.printable + "\n" }
    drawn = lines.count
    return text
  }
}
