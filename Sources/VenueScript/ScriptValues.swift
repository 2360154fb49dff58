import JSONTree
import Venue

/// What the texts of a script may name: what was kept of requests or set, counters, and the time.
struct ScriptValues {
  private var kept: [String: String] = [:]

  mutating func keep(_ text: String, as name: String) { kept[name] = text }

  /// Sets a text, or JSON for which `#{name}` may stand; by `name/member` one member of the object of that name.
  mutating func set(_ value: JSONValue, as name: String, _ now: VenueTime) {
    let filled = filled(value, now)
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return kept[name] = filled.string ?? JSONWriter.compact(filled) }
    guard let text = kept[parts[0]], let object = try? JSONDocument.parse(text: text).object else { return }
    let members = object.map { $0.key == parts[1] ? JSONMember($0.key, filled) : $0 }
    kept[parts[0]] = JSONWriter.compact(JSONValue(.object(members)))
  }

  mutating func count(_ name: String) { kept[name] = String((kept[name].flatMap(Int.init) ?? 0) + 1) }

  /// Takes a counter as it is elsewhere.
  mutating func take(_ name: String, of other: ScriptValues) { kept[name] = other.kept[name] }

  private func value(_ name: String, _ now: VenueTime) -> String {
    switch name {
    case "s": String(now.wall / 1_000_000_000)
    case "ms": String(now.wall / 1_000_000)
    case "us": String(now.wall / 1_000)
    case "ns": String(now.wall)
    case "iso": ISODate.text(now.wall)
    default: kept[name] ?? ""
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

  /// The same of each text in a value. A text that is `#{name}` as a whole becomes the number or other JSON of that
  /// name, and an object with the one member `json_text` the text of what is in it.
  func filled(_ value: JSONValue, _ now: VenueTime) -> JSONValue {
    switch value.kind {
    case .string(let text) where text.hasPrefix("#{") && text.hasSuffix("}"):
      JSONValue(.number(self.value(String(text.dropFirst(2).dropLast()), now)))
    case .string(let text): JSONValue(.string(filled(text, now)))
    case .array(let elements): JSONValue(.array(elements.map { filled($0, now) }))
    case .object(let members) where members.count == 1 && members[0].key == "json_text":
      JSONValue(.string(JSONWriter.compact(filled(members[0].value, now))))
    case .object(let members):
      JSONValue(.object(members.map { JSONMember(filled($0.key, now), filled($0.value, now)) }))
    default: value
    }
  }

  /// What goes out: a text as it is, an object with the one member `protobuf` as a message of Protocol Buffers, all
  /// else as JSON.
  func bytes(_ value: JSONValue, _ now: VenueTime) -> [UInt8] {
    let filled = filled(value, now)
    if let message = filled.protobuf { return message.protobufBytes }
    return Array((filled.string ?? JSONWriter.compact(filled)).utf8)
  }
}

extension JSONValue {
  /// The message that is to be sent in binary.
  var protobuf: JSONValue? {
    guard case .object(let members) = kind, members.count == 1, members[0].key == "protobuf" else { return nil }
    return members[0].value
  }

  /// A message whose members are called by the numbers of their fields: texts, numbers (varints), messages, and arrays
  /// of these for fields that are repeated.
  fileprivate var protobufBytes: [UInt8] {
    (object ?? []).flatMap { member -> [UInt8] in
      let field = UInt64(member.key) ?? 0
      return (member.value.array ?? [member.value]).flatMap { value -> [UInt8] in
        if let number = value.number { return varint(field << 3) + varint(UInt64(number) ?? 0) }
        let content = value.string.map { Array($0.utf8) } ?? value.protobufBytes
        return varint(field << 3 | 2) + varint(UInt64(content.count)) + content
      }
    }
  }
}

/// Seven bits a byte, the lowest first.
private func varint(_ value: UInt64) -> [UInt8] {
  value < 128 ? [UInt8(value)] : [UInt8(truncatingIfNeeded: value) | 128] + varint(value >> 7)
}
