import CPatchbay
import Records

/// Text of a request, in which the host fills in the seals. Built by interpolation: a `Seal` goes in as a seal,
/// anything else as plain text. Plain text grows in one place, and becomes a part when a seal comes behind it.
public struct SealedText: Sendable, Hashable, ExpressibleByStringInterpolation {
  public enum Part: Sendable, Hashable {
    case literal([UInt8])
    case seal(Seal)
  }

  private(set) var code = SealCode()

  public init() {}
  public init(_ text: String) { append(text) }
  public init(bytes: [UInt8]) { append(bytes) }
  public init(_ seal: Seal) { append(seal) }
  public init(stringLiteral value: String) { self.init(value) }
  public init(stringInterpolation: Interpolation) { self = stringInterpolation.text }

  public struct Interpolation: StringInterpolationProtocol {
    var text = SealedText()
    public init(literalCapacity: Int, interpolationCount: Int) { text.reserve(literalCapacity) }
    public mutating func appendLiteral(_ literal: String) { text.append(literal) }
    public mutating func appendInterpolation(_ seal: Seal) { text.append(seal) }
    public mutating func appendInterpolation(_ other: SealedText) { text += other }
    public mutating func appendInterpolation(_ value: String) { text.append(value) }
    public mutating func appendInterpolation(_ value: some CustomStringConvertible) { text.append(value.description) }
  }

  public var isEmpty: Bool { code.steps.isEmpty }
  /// Whether it has no seal: then the text is known already.
  public var isLiteral: Bool { code.steps.allSatisfy { $0.code == SealCode.literal } }

  /// The text itself; nil where it has a seal, whose value is the host's.
  public var plain: String? { isLiteral ? String(decoding: code.bytes, as: UTF8.self) : nil }

  /// Its parts, in order: no two literals stand side by side.
  public var parts: [Part] {
    var parts: [Part] = []
    for place in code.steps.indices {
      let step = code.steps[place]
      switch step.code {
      case SealCode.literal: parts.append(.literal(Array(code.bytes(of: place))))
      case SealCode.program: parts.append(.seal(program(at: place)))
      default: break
      }
    }
    return parts
  }

  private func program(at place: Int) -> Seal {
    var seal = Seal(SealCode())
    for inner in place + 1...place + code.steps[place].arg {
      let step = code.steps[inner]
      seal.code.add(step.code, step.arg, step.arg2, offset: step.offset)
      seal.code.extend(code.bytes(of: inner))
    }
    return seal
  }

  /// What stands before the first such byte of its plain text; all of it where there is none.
  public func before(_ byte: UInt8) -> SealedText {
    var result = SealedText()
    for part in parts {
      switch part {
      case .literal(let bytes):
        let end = bytes.firstIndex(of: byte) ?? bytes.count
        result.append(bytes[..<end])
        if end < bytes.count { return result }
      case .seal(let seal): result.append(seal)
      }
    }
    return result
  }

  // MARK: Growing

  mutating func reserve(_ count: Int) { code.reserve(count) }

  mutating func append(_ byte: UInt8) {
    beginLiteral()
    code.extend(byte)
  }

  mutating func append(_ bytes: some Collection<UInt8>) {
    guard !bytes.isEmpty else { return }
    beginLiteral()
    code.extend(bytes)
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  mutating func append(_ seal: Seal) {
    code.add(SealCode.program, seal.code.steps.count)
    code.append(seal.code)
  }

  private mutating func beginLiteral() {
    if code.steps.last?.code != SealCode.literal { code.add(SealCode.literal) }
  }

  public static func + (left: SealedText, right: SealedText) -> SealedText {
    var result = left
    result += right
    return result
  }

  public static func + (left: SealedText, right: Seal) -> SealedText {
    var result = left
    result.append(right)
    return result
  }

  public static func += (left: inout SealedText, right: SealedText) {
    guard let last = left.code.steps.last, last.code == SealCode.literal,
      right.code.steps.first?.code == SealCode.literal
    else { return left.code.append(right.code) }
    // Two literals become one.
    left.code.extend(right.code.bytes(of: 0))
    left.code.append(right.code, from: 1)
  }
}

extension SealedText: Sealable {
  /// The whole text as one value: its parts pushed in order and joined.
  public var seal: Seal { Seal(code.joined) }
}

extension Output {
  /// Writes a text into the record under construction.
  func sealed(_ text: SealedText) -> pb_list {
    let code = text.code
    var count = 0
    for step in code.steps where step.code < 0 { count += 1 }
    let place = block.list(of: pb_part.self, count: count)
    var (part, index) = (0, 0)
    while index < code.steps.count {
      var element = pb_part()
      if code.steps[index].code == SealCode.literal {
        element.literal = bytes(of: index, code)
        index += 1
      } else {
        let steps = code.steps[index].arg
        element.ops = program(index + 1..<index + 1 + steps, code)
        index += 1 + steps
      }
      block.set(place, part, element)
      part += 1
    }
    return place
  }

  private func bytes(of step: Int, _ code: SealCode) -> pb_ref {
    let (start, end) = (code.start(of: step), code.steps[step].end)
    return code.bytes.withUnsafeBytes { block.bytes(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
  }

  private func program(_ steps: Range<Int>, _ code: SealCode) -> pb_list {
    let place = block.list(of: pb_op.self, count: steps.count)
    for (index, inner) in steps.enumerated() {
      let step = code.steps[inner]
      block.set(
        place, index,
        pb_op(
          code: UInt16(truncatingIfNeeded: step.code), arg: UInt16(truncatingIfNeeded: step.arg),
          arg2: UInt32(truncatingIfNeeded: step.arg2), offset_ns: step.offset, bytes: bytes(of: inner, code)))
    }
    return place
  }
}
