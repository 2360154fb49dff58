/// Why what a server sends is not taken for a reply.
enum ReplyFault: Error, Equatable, CustomStringConvertible {
  /// Not written as RFC 9112 has it.
  case malformed
  /// A head, the line before a chunk, or what follows the last one has no end within its limit.
  case tooLarge
  /// Its length is said twice or in two ways, so that its end is not certain.
  case ambiguousLength
  /// It is packed in a way that was not asked for.
  case packed
  /// It changes to another protocol.
  case upgraded
  /// Who takes it wants no more of it, and knows why.
  case refused

  var description: String {
    switch self {
    case .malformed: "its answer is not written in HTTP/1.1"
    case .tooLarge: "a head or a line of its answer is too long"
    case .ambiguousLength: "its answer says its length twice"
    case .packed: "its answer is packed, which was not asked for"
    case .upgraded: "its answer changes the protocol"
    case .refused: "its answer is larger than it may be"
    }
  }
}

/// Takes a reply apart as it comes.
protocol ReplySink: AnyObject {
  /// A line of a head with its end; the first is the status line, and begins a new head. `false` = no more.
  func header(_ line: UnsafeRawBufferPointer) -> Bool
  /// A piece of the body, with nothing around it. `false` = no more.
  func append(_ piece: UnsafeRawBufferPointer) -> Bool
}

/// Reads one reply of HTTP/1.1 to a request that was no HEAD (RFC 9112), from bytes as they come. Pure.
///
/// Strict, since the connection is used again: wherever two readers could disagree on where a reply ends, it is no
/// reply, and what follows can never be taken for the answer to the next request. Debian has no parser that is still
/// cared for (http-parser is given up, llhttp not packaged).
struct ReplyReader {
  private enum Step: Equatable {
    case head
    /// Bytes of the body that are to come.
    case fixed(Int)
    case chunkHead
    case chunk(Int)
    case chunkEnd
    case trailers
    case untilClose
    case whole
  }

  /// The most that the line before a chunk takes.
  private static let chunkLine = 1024
  private let headLimit: Int
  private var step = Step.head
  /// Bytes of a head without an end in them.
  private var searched = 0
  private var trailerBytes = 0
  /// Of the last head; 0 = there was none.
  private(set) var status = 0
  /// Whether another reply may follow on the connection.
  private(set) var keepsConnection = false

  /// - Parameter headLimit: bytes of one head.
  init(headLimit: Int) { self.headLimit = headLimit }

  var isWhole: Bool { step == .whole }

  /// Takes from the front of what has come.
  /// - Returns: how many bytes are done with; the others are to be given again, with more.
  mutating func take(_ bytes: UnsafeRawBufferPointer, _ sink: some ReplySink) throws(ReplyFault) -> Int {
    var used = 0
    while step != .whole, used < bytes.count {
      let count = try next(UnsafeRawBufferPointer(rebasing: bytes[used...]), sink)
      if count == 0 { break }
      used += count
    }
    return used
  }

  /// The connection has ended in an orderly way; whether the reply is whole by that.
  mutating func end() -> Bool {
    if step == .untilClose { step = .whole }
    return isWhole
  }

  /// 0 = more is needed.
  private mutating func next(_ rest: UnsafeRawBufferPointer, _ sink: some ReplySink) throws(ReplyFault) -> Int {
    switch step {
    case .head: return try head(rest, sink)
    case .fixed(let left):
      let count = try piece(rest, left, sink)
      step = count == left ? .whole : .fixed(left - count)
      return count
    case .chunkHead: return try chunkHead(rest)
    case .chunk(let left):
      let count = try piece(rest, left, sink)
      step = count == left ? .chunkEnd : .chunk(left - count)
      return count
    case .chunkEnd:
      guard rest.count >= 2 else { return 0 }
      guard rest[0] == 0x0D, rest[1] == 0x0A else { throw .malformed }
      step = .chunkHead
      return 2
    case .trailers: return try trailer(rest)
    case .untilClose: return try piece(rest, .max, sink)
    case .whole: return 0
    }
  }

  private func piece(_ rest: UnsafeRawBufferPointer, _ left: Int, _ sink: some ReplySink) throws(ReplyFault) -> Int {
    let count = min(rest.count, left)
    guard sink.append(UnsafeRawBufferPointer(rebasing: rest[..<count])) else { throw .refused }
    return count
  }

  // MARK: Heads

  private mutating func head(_ rest: UnsafeRawBufferPointer, _ sink: some ReplySink) throws(ReplyFault) -> Int {
    // What is no reply at all is not waited for.
    guard zip(rest, "HTTP/1.".utf8).allSatisfy({ $0 == $1 }) else { throw .malformed }
    var end = searched
    while end < rest.count {
      if rest[end] == 0x0A {
        guard end > 0, rest[end - 1] == 0x0D else { throw .malformed }
        if rest[end - 2] == 0x0A { break }
      }
      end += 1
    }
    guard end < headLimit else { throw .tooLarge }
    searched = end
    guard end < rest.count else { return 0 }
    searched = 0
    var head = ReplyHead()
    var start = 0
    while start < end - 1 {
      let line = try Self.line(rest, from: start)
      if start == 0 { try head.begin(line) } else { try head.add(line) }
      let next = start + line.count + 2
      guard sink.header(UnsafeRawBufferPointer(rebasing: rest[start..<next])) else { throw .refused }
      start = next
    }
    try begin(head)
    return end + 1
  }

  /// A line without its end, which must be there.
  private static func line(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(ReplyFault)
    -> UnsafeRawBufferPointer
  {
    var end = start
    while end < bytes.count, bytes[end] >= 0x20 && bytes[end] != 0x7F || bytes[end] == 0x09 { end += 1 }
    guard end + 1 < bytes.count, bytes[end] == 0x0D, bytes[end + 1] == 0x0A else { throw .malformed }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  private mutating func begin(_ head: ReplyHead) throws(ReplyFault) {
    status = head.status
    guard status != 101 else { throw .upgraded }
    // An interim answer: the real one follows.
    if status < 200 { return }
    guard !head.isPacked else { throw .packed }
    keepsConnection = head.keepsConnection
    if status == 204 || status == 304 {
      // Without a body, whatever the head says; who says otherwise may send one.
      if head.isChunked || status == 204 && head.length ?? 0 > 0 { keepsConnection = false }
      step = .whole
    } else if head.isChunked {
      guard head.length == nil, head.isCurrent else { throw .ambiguousLength }
      step = .chunkHead
    } else if let length = head.length {
      step = length == 0 ? .whole : .fixed(length)
    } else {
      keepsConnection = false
      step = .untilClose
    }
  }

  // MARK: Chunks

  private mutating func chunkHead(_ rest: UnsafeRawBufferPointer) throws(ReplyFault) -> Int {
    guard let count = try lineCount(rest, limit: Self.chunkLine) else { return 0 }
    let line = try Self.line(rest, from: 0)
    guard line.count + 2 == count else { throw .malformed }
    var size = 0
    var digits = 0
    while digits < line.count, let digit = Self.hexadecimal(line[digits]) {
      guard digits < 15 else { throw .malformed }
      size = size << 4 | digit
      digits += 1
    }
    // What may follow is an extension, which nobody reads.
    let isEnd = digits == line.count || [0x3B, 0x20, 0x09].contains(line[digits])
    guard digits > 0, isEnd else { throw .malformed }
    step = size == 0 ? .trailers : .chunk(size)
    return count
  }

  private mutating func trailer(_ rest: UnsafeRawBufferPointer) throws(ReplyFault) -> Int {
    guard let count = try lineCount(rest, limit: headLimit - trailerBytes) else { return 0 }
    let line = try Self.line(rest, from: 0)
    guard line.count + 2 == count else { throw .malformed }
    trailerBytes += count
    if line.isEmpty {
      step = .whole
    } else {
      // Nothing in it counts, but what is no header is no trailer either.
      _ = try ReplyHead.split(line)
    }
    return count
  }

  /// Bytes up to and with the next end of a line; `nil` = it is not there yet.
  private func lineCount(_ rest: UnsafeRawBufferPointer, limit: Int) throws(ReplyFault) -> Int? {
    guard let end = rest.prefix(max(0, limit)).firstIndex(of: 0x0A) else {
      if rest.count >= limit { throw .tooLarge }
      return nil
    }
    return end + 1
  }

  private static func hexadecimal(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte - 0x30)
    case 0x41...0x46: Int(byte - 0x37)
    case 0x61...0x66: Int(byte - 0x57)
    default: nil
    }
  }
}

/// What the head of a reply says of where the reply ends.
private struct ReplyHead {
  var status = 0
  /// HTTP/1.1, not 1.0.
  var isCurrent = false
  var length: Int?
  var isChunked = false
  var isPacked = false
  private var closes = false

  var keepsConnection: Bool { isCurrent && !closes }

  mutating func begin(_ line: UnsafeRawBufferPointer) throws(ReplyFault) {
    guard line.count >= 12, line.starts(with: "HTTP/1.".utf8), line[7] == 0x30 || line[7] == 0x31, line[8] == 0x20,
      line.count == 12 || line[12] == 0x20, let code = Self.number(line[9..<12]), code >= 100
    else { throw .malformed }
    isCurrent = line[7] == 0x31
    status = code
  }

  mutating func add(_ line: UnsafeRawBufferPointer) throws(ReplyFault) {
    let (name, value) = try Self.split(line)
    switch name.count {
    case 10 where Self.isSame(name, "connection"):
      closes = closes || value.split(separator: 0x2C).contains { Self.isSame(Self.trimmed($0), "close") }
    case 14 where Self.isSame(name, "content-length"):
      guard length == nil else { throw .ambiguousLength }
      guard let number = Self.number(value) else { throw .malformed }
      length = number
    case 16 where Self.isSame(name, "content-encoding"):
      isPacked = isPacked || !value.isEmpty && !Self.isSame(value, "identity")
    case 17 where Self.isSame(name, "transfer-encoding"):
      guard !isChunked else { throw .ambiguousLength }
      guard Self.isSame(value, "chunked") else { throw .malformed }
      isChunked = true
    default: break
    }
  }

  /// A header's name, and its value without blanks around it. A line that goes on from the one before is none.
  static func split(_ line: UnsafeRawBufferPointer) throws(ReplyFault) -> (
    name: Slice<UnsafeRawBufferPointer>, value: Slice<UnsafeRawBufferPointer>
  ) {
    guard let colon = line.firstIndex(of: 0x3A), colon > 0, line[..<colon].allSatisfy(OutgoingRequest.isToken) else {
      throw .malformed
    }
    return (line[..<colon], trimmed(line[(colon + 1)...]))
  }

  private static func trimmed(_ text: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    var text = text
    while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
    while let last = text.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
    return text
  }

  /// Up to eighteen digits alone.
  private static func number(_ text: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard (1...18).contains(text.count), text.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func isSame(_ text: Slice<UnsafeRawBufferPointer>, _ lower: StaticString) -> Bool {
    guard text.count == lower.utf8CodeUnitCount else { return false }
    return zip(text, UnsafeBufferPointer(start: lower.utf8Start, count: lower.utf8CodeUnitCount)).allSatisfy {
      (0x41...0x5A ~= $0 ? $0 | 0x20 : $0) == $1
    }
  }
}
