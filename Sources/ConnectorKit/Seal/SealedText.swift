import CPatchbay
import Records

/// Text of a request, in which the host fills in the seals. Built by interpolation: a `Seal` goes in as a seal,
/// anything else as plain text.
public struct SealedText: Sendable, Hashable, ExpressibleByStringInterpolation {
  public enum Part: Sendable, Hashable {
    case literal([UInt8])
    case seal(Seal)
  }

  public private(set) var parts: [Part] = []

  public init() {}
  public init(_ text: String) { append(text.utf8) }
  public init(bytes: [UInt8]) { append(bytes) }
  public init(_ seal: Seal) { parts = [.seal(seal)] }
  public init(stringLiteral value: String) { self.init(value) }
  public init(stringInterpolation: Interpolation) { self = stringInterpolation.text }

  public struct Interpolation: StringInterpolationProtocol {
    var text = SealedText()
    public init(literalCapacity: Int, interpolationCount: Int) {}
    public mutating func appendLiteral(_ literal: String) { text.append(literal.utf8) }
    public mutating func appendInterpolation(_ seal: Seal) { text.append(seal) }
    public mutating func appendInterpolation(_ other: SealedText) { text += other }
    public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text.append(value.description.utf8)
    }
  }

  public var isEmpty: Bool { parts.isEmpty }
  /// Whether it has no seal: then the text is known already.
  public var isLiteral: Bool { parts.allSatisfy { if case .literal = $0 { true } else { false } } }

  /// The text itself; nil where it has a seal, whose value is the host's.
  public var plain: String? {
    let bytes = parts.reduce(into: [UInt8]()) { if case .literal(let part) = $1 { $0 += part } }
    return isLiteral ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// What stands before the first such byte of its plain text; all of it where there is none.
  public func before(_ byte: UInt8) -> SealedText {
    var result = SealedText()
    for part in parts {
      if case .literal(let bytes) = part, let end = bytes.firstIndex(of: byte) {
        result.append(bytes[..<end])
        break
      }
      result.parts.append(part)
    }
    return result
  }

  mutating func append(_ bytes: some Collection<UInt8>) {
    guard !bytes.isEmpty else { return }
    guard case .literal(var last)? = parts.last else { return parts.append(.literal(Array(bytes))) }
    // Taken out, so that it grows where it is.
    parts[parts.count - 1] = .literal([])
    last.append(contentsOf: bytes)
    parts[parts.count - 1] = .literal(last)
  }

  mutating func append(_ seal: Seal) { parts.append(.seal(seal)) }

  public static func + (left: SealedText, right: SealedText) -> SealedText {
    var result = left
    result += right
    return result
  }

  public static func + (left: SealedText, right: Seal) -> SealedText { left + SealedText(right) }

  public static func += (left: inout SealedText, right: SealedText) {
    for part in right.parts {
      if case .literal(let bytes) = part { left.append(bytes) } else { left.parts.append(part) }
    }
  }
}

extension SealedText: Sealable {
  /// The whole text as one value: its parts pushed in order and joined.
  public var seal: Seal {
    var ops: [Seal.Op] = []
    var height = 0
    for part in parts {
      switch part {
      case .literal(let bytes): ops.append(Seal.Op(code: PB_OP_BYTES, bytes: bytes))
      case .seal(let seal): ops += seal.ops
      }
      height += 1
      // One operation joins at most 64 values.
      if height == 64 {
        ops.append(Seal.Op(code: PB_OP_CONCAT, arg: height))
        height = 1
      }
    }
    if parts.isEmpty { ops = [Seal.Op(code: PB_OP_BYTES)] }
    if height > 1 { ops.append(Seal.Op(code: PB_OP_CONCAT, arg: height)) }
    var seal = Seal(PB_OP_BYTES)
    seal.ops = ops
    return seal
  }
}

extension Output {
  /// Writes a text into the record under construction.
  func sealed(_ text: SealedText) -> pb_list {
    let place = block.list(of: pb_part.self, count: text.parts.count)
    for (index, part) in text.parts.enumerated() {
      var element = pb_part()
      switch part {
      case .literal(let literal): element.literal = literal.withUnsafeBytes { block.bytes($0) }
      case .seal(let seal): element.ops = program(seal)
      }
      block.set(place, index, element)
    }
    return place
  }

  private func program(_ seal: Seal) -> pb_list {
    let place = block.list(of: pb_op.self, count: seal.ops.count)
    for (index, op) in seal.ops.enumerated() {
      let literal = op.bytes.withUnsafeBytes { block.bytes($0) }
      block.set(
        place, index,
        pb_op(
          code: UInt16(truncatingIfNeeded: op.code), arg: UInt16(truncatingIfNeeded: op.arg),
          arg2: UInt32(truncatingIfNeeded: op.arg2), offset_ns: op.offset, bytes: literal))
    }
    return place
  }
}
