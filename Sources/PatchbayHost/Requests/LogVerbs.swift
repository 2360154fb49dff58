import Catalog
import Control
import JSONTree
import Runtime

/// `log`: from which level on messages of connectors are kept.
enum LogVerbs {
  static func log(_ call: ControlCall, _ host: RunningHost, _ events: RunEvents) {
    let words = Config.LogWord.allCases.map { (name: $0.rawValue, $0) }
    guard let choice = SeatChoice(call, host), let wanted = call.choice("level", words) else { return }
    let rows = choice.names.sorted().map { name -> JSONValue in
      if let wanted { events.set(LogLevel(wanted), of: name) }
      return [
        "connector": JSONValue(.string(name)), "level": JSONValue(.string("\(events.level(of: name))")),
      ]
    }
    call.reply(["connectors": JSONValue(.array(rows))])
  }
}

extension LogLevel {
  init(_ word: Config.LogWord) {
    self = switch word {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
