import CPatchbay

/// Operations one behind the other, and the bytes of all of them: what seals and sealed texts are made of, in two
/// pieces of memory however many operations there are.
struct SealCode: Sendable, Hashable {
  /// An operation, or a mark of a text.
  struct Step: Sendable, Hashable {
    /// `PB_OP_`, or one of the marks below.
    var code: Int
    var arg: Int
    var arg2: Int
    var offset: Int64
    /// Where its bytes end; they begin where those of the step before end.
    var end: Int
  }

  /// Of a text: its bytes stand for themselves.
  static let literal = -1
  /// Of a text: a program of `arg` steps follows.
  static let program = -2

  private(set) var steps: [Step] = []
  private(set) var bytes: [UInt8] = []

  init() {}

  init(_ code: Int, _ arg: Int, _ arg2: Int, _ offset: Int64, _ bytes: [UInt8]) {
    self.bytes = bytes
    steps = [Step(code: code, arg: arg, arg2: arg2, offset: offset, end: bytes.count)]
  }

  /// Makes room for so many bytes, and for the steps of a usual request.
  mutating func reserve(_ count: Int) {
    bytes.reserveCapacity(count)
    steps.reserveCapacity(8)
  }

  /// Where in `bytes` those of a step begin.
  func start(of place: Int) -> Int { place == 0 ? 0 : steps[place - 1].end }

  func bytes(of place: Int) -> ArraySlice<UInt8> { bytes[start(of: place)..<steps[place].end] }

  mutating func add(_ code: Int, _ arg: Int = 0, _ arg2: Int = 0, offset: Int64 = 0) {
    steps.append(Step(code: code, arg: arg, arg2: arg2, offset: offset, end: bytes.count))
  }

  /// Adds bytes to those of the last step.
  mutating func extend(_ more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
    steps[steps.count - 1].end = bytes.count
  }

  mutating func extend(_ byte: UInt8) {
    bytes.append(byte)
    steps[steps.count - 1].end = bytes.count
  }

  mutating func moveLast(by nanoseconds: Int64) { steps[steps.count - 1].offset = nanoseconds }

  /// Adds the steps of another, from one on.
  mutating func append(_ other: SealCode, from first: Int = 0) {
    if steps.isEmpty, first == 0 {
      self = other
      return
    }
    let cut = other.start(of: first), base = bytes.count - cut
    bytes.append(contentsOf: other.bytes[cut...])
    for place in first..<other.steps.count {
      var step = other.steps[place]
      step.end += base
      steps.append(step)
    }
  }

  /// The text as one program: the values of its parts pushed in order and joined. The bytes are the same.
  var joined: SealCode {
    var result = SealCode()
    result.bytes = bytes
    result.steps.reserveCapacity(steps.count + 4)
    var height = 0
    var place = 0
    while place < steps.count {
      var end = place + 1
      if steps[place].code == Self.literal {
        var step = steps[place]
        step.code = PB_OP_BYTES
        result.steps.append(step)
      } else {
        end += steps[place].arg
        result.steps.append(contentsOf: steps[(place + 1)..<end])
      }
      height += 1
      // One operation joins at most 64 values.
      if height == 64 {
        result.join(height, at: steps[end - 1].end)
        height = 1
      }
      place = end
    }
    if steps.isEmpty { result.add(PB_OP_BYTES) }
    if height > 1 { result.join(height, at: bytes.count) }
    return result
  }

  private mutating func join(_ height: Int, at end: Int) {
    steps.append(Step(code: PB_OP_CONCAT, arg: height, arg2: 0, offset: 0, end: end))
  }
}
