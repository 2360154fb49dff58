import Catalog
import JSONTree

/// One thing that `patchbay doctor` looked at.
struct Finding {
  enum Level: String { case good = "ok", warning, error }

  /// What was looked at, in a word.
  var area: String
  var level: Level
  /// What was found.
  var text: String
  /// What to do; empty where nothing is to be done.
  var remedy = ""

  static func good(_ area: String, _ text: String) -> Finding { Finding(area: area, level: .good, text: text) }
  static func warning(_ area: String, _ text: String, _ remedy: String) -> Finding {
    Finding(area: area, level: .warning, text: text, remedy: remedy)
  }
  static func error(_ area: String, _ text: String, _ remedy: String) -> Finding {
    Finding(area: area, level: .error, text: text, remedy: remedy)
  }

  init(area: String, level: Level, text: String, remedy: String = "") {
    (self.area, self.level, self.text, self.remedy) = (area, level, text, remedy)
  }

  /// A problem of a file.
  init(_ area: String, _ problem: Problem) {
    var bare = problem
    (bare.remedy, bare.isWarning) = ("", false)
    self.init(
      area: area, level: problem.isWarning ? .warning : .error, text: bare.description, remedy: problem.remedy)
  }

  var line: String {
    let mark = level == .good ? "ok     " : level == .warning ? "warning" : "error  "
    let head = "\(mark)  \(area)" + String(repeating: " ", count: max(0, 11 - area.count))
    return "\(head) \(text)\n" + (remedy.isEmpty ? "" : "         to do       \(remedy)\n")
  }

  var json: JSONValue {
    [
      "area": JSONValue(.string(area)), "level": JSONValue(.string(level.rawValue)),
      "text": JSONValue(.string(text)), "remedy": JSONValue(.string(remedy)),
    ]
  }
}
