import Decimals
import JSONTree
import PatchbayHost
import PrintableText
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// Prints what a running host does: JSON lines for programs, lines for pipes, a picture for terminals.
final class RunPrinter {
  enum Form { case json, lines, picture }

  private let environment: CommandEnvironment
  private let form: Form
  private var screen = StatusScreen()

  init(_ environment: CommandEnvironment, _ form: Form) {
    self.environment = environment
    self.form = form
  }

  /// Events since the last time, then how everything stands.
  func print(_ events: (events: [RunEvent], dropped: Int), _ seats: [SeatStatus], seconds: Int64) {
    var texts = events.events.map(text)
    if events.dropped > 0 {
      texts.append(text(RunEvent(kind: "warning", connector: "patchbay", text: "\(events.dropped) events not shown")))
    }
    switch form {
    case .json: texts += seats.flatMap { seat in seat.pairs.map { JSONWriter.compact(StatusText.json(seat, $0)) } }
    case .lines: texts += seats.flatMap(StatusText.lines).map(\.printable)
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
