import JSONTree

/// How samples that are written as JSON are sent: as messages of Protocol Buffers (protobuf.dev, "ProtoJSON Format" and
/// "Encoding"). Members that it does not name are left out.
struct ProtobufForm: Sendable {
  private enum Kind: Sendable {
    case text
    case number
    case message(ProtobufForm)
  }

  private var fields: [(name: String, field: UInt64, kind: Kind)] = []

  /// `{"symbol": 3, "sendTime": "6 number", "deals": {"field": 1, "of": {"price": 1}}}`
  init(_ value: JSONValue, _ name: String, _ reader: inout ManifestReader) {
    for member in value.object ?? [] {
      let place = "\(name).\(member.key)"
      var number = member.value.int
      var kind = Kind.text
      if let words = member.value.string?.split(separator: " "), words.count == 2, words[1] == "number" {
        (number, kind) = (Int(words[0]), .number)
      } else if member.value.object != nil {
        reader.keys(member.value, place, ["field", "of"])
        number = member.value["field"]?.int
        kind = .message(ProtobufForm(member.value["of"] ?? [:], place, &reader))
      }
      guard let number, number > 0, number < 1 << 29 else {
        reader.fault(member.value, place, "is no field", "write 3, \"3 number\" or {\"field\": 3, \"of\": {}}")
        continue
      }
      fields.append((member.key, UInt64(number), kind))
    }
  }

  /// A message; a list has its field once for each element.
  func bytes(_ value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    for member in value.object ?? [] {
      guard let field = fields.first(where: { $0.name == member.key }) else { continue }
      for one in member.value.array ?? [member.value] { write(one, field.field, field.kind, &bytes) }
    }
    return bytes
  }

  private func write(_ value: JSONValue, _ field: UInt64, _ kind: Kind, _ bytes: inout [UInt8]) {
    let part: [UInt8]
    switch kind {
    case .number:
      guard let number = value.scalar.flatMap({ $0 == "true" ? 1 : $0 == "false" ? 0 : Int64($0) }) else { return }
      Self.varint(field << 3, &bytes)
      return Self.varint(UInt64(bitPattern: number), &bytes)
    case .text:
      guard let text = value.scalar else { return }
      part = Array(text.utf8)
    case .message(let form):
      guard value.object != nil else { return }
      part = form.bytes(value)
    }
    Self.varint(field << 3 | 2, &bytes)
    Self.varint(UInt64(part.count), &bytes)
    bytes += part
  }

  private static func varint(_ value: UInt64, _ bytes: inout [UInt8]) {
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(truncatingIfNeeded: rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}
