import Catalog
import Venue

/// What the texts of a script may name: what was kept of requests, counters, and the time.
struct ScriptValues {
  private var kept: [String: String] = [:]
  private var counters: [String: Int] = [:]

  mutating func keep(_ text: String, as name: String) { kept[name] = text }

  mutating func count(_ name: String) { counters[name, default: 0] += 1 }

  private func value(_ name: String, _ now: VenueTime) -> String {
    switch name {
    case "s": String(now.wall / 1_000_000_000)
    case "ms": String(now.wall / 1_000_000)
    case "us": String(now.wall / 1_000)
    case "ns": String(now.wall)
    case "iso": ISODate.text(now.wall)
    default: kept[name] ?? counters[name].map(String.init) ?? ""
    }
  }

  /// The text with each `${name}` replaced.
  func filled(_ text: String, _ now: VenueTime) -> String {
    var (result, rest) = ("", text[...])
    while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
      result += rest[..<start.lowerBound] + value(String(rest[start.upperBound..<end]), now)
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  /// The same of each text in a value. A text that is `#{name}` as a whole becomes a number.
  func filled(_ value: JSONValue, _ now: VenueTime) -> JSONValue {
    switch value.kind {
    case .string(let text) where text.hasPrefix("#{") && text.hasSuffix("}"):
      JSONValue(.number(self.value(String(text.dropFirst(2).dropLast()), now)))
    case .string(let text): JSONValue(.string(filled(text, now)))
    case .array(let elements): JSONValue(.array(elements.map { filled($0, now) }))
    case .object(let members):
      JSONValue(.object(members.map { JSONMember(filled($0.key, now), filled($0.value, now)) }))
    default: value
    }
  }

  /// What goes out: a text as it is, anything else as JSON.
  func bytes(_ value: JSONValue, _ now: VenueTime) -> [UInt8] {
    let filled = filled(value, now)
    return Array((filled.string ?? JSONWriter.compact(filled)).utf8)
  }
}
