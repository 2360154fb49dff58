/// Why a handshake failed (RFC 6455 4).
public enum HandshakeFault: Error, Equatable, Sendable {
  /// Not the head of an HTTP/1.1 message.
  case malformed
  /// The head is longer than `WebSocketLimits.handshake`.
  case tooLarge
  /// The server answered with this status instead of 101.
  case status(Int)
  /// A header that the upgrade needs is missing or wrong.
  case header(String)
  /// The peer chose an extension or subprotocol that was not offered.
  case notOffered(String)
}

extension HandshakeFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformed: "its answer is not the head of an HTTP/1.1 message"
    case .tooLarge: "the head of its answer is too long"
    case .status(let status): "HTTP status \(status)"
    case .header(let name): "its header \(name) is missing or wrong"
    case .notOffered(let name): "it chose \(name), which was not offered"
    }
  }
}

/// The head of an HTTP/1.1 message: its first line and its headers.
public struct HandshakeHead: Sendable, Equatable {
  public var startLine: String
  /// Names in lower case; values without blanks around them.
  public var headers: [(name: String, value: String)]
  /// Bytes up to and with the empty line.
  public var size: Int

  public static func == (left: HandshakeHead, right: HandshakeHead) -> Bool {
    left.startLine == right.startLine && left.size == right.size
      && left.headers.elementsEqual(right.headers) { $0 == $1 }
  }

  /// Reads a head from the first bytes; `nil` until it is whole.
  public static func read(
    _ bytes: UnsafeRawBufferPointer, limit: Int = WebSocketLimits().handshake
  ) throws(HandshakeFault) -> HandshakeHead? {
    guard let end = endOfHead(bytes, limit) else {
      if bytes.count >= limit { throw .tooLarge }
      return nil
    }
    var lines: [String] = []
    let text = UnsafeRawBufferPointer(rebasing: bytes[..<(end - 4)])
    for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
      let bare = line.last == 0x0D ? line.dropLast() : line
      guard bare.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { throw .malformed }
      lines.append(String(decoding: bare, as: UTF8.self))
    }
    guard let first = lines.first, !first.isEmpty else { throw .malformed }
    var head = HandshakeHead(startLine: first, headers: [], size: end)
    for line in lines.dropFirst() {
      guard let colon = line.utf8.firstIndex(of: 0x3A) else { throw .malformed }
      let name = line[..<colon].lowercased()
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 }) else { throw .malformed }
      head.headers.append((name, trimmed(line[line.utf8.index(after: colon)...])))
    }
    return head
  }

  private static func endOfHead(_ bytes: UnsafeRawBufferPointer, _ limit: Int) -> Int? {
    let count = min(bytes.count, limit)
    var index = 3
    while index < count {
      if bytes[index] == 0x0A, bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A, bytes[index - 3] == 0x0D {
        return index + 1
      }
      index += 1
    }
    return nil
  }

  /// All values of a header, joined as RFC 9110 5.2 says; `nil` when there is none.
  public subscript(name: String) -> String? {
    let values = headers.filter { $0.name == name }.map(\.value)
    return values.isEmpty ? nil : values.joined(separator: ", ")
  }

  /// The elements of a header with a comma-separated list.
  func list(_ name: String) -> [String] {
    (self[name] ?? "").split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
  }

  func contains(_ token: String, in name: String) -> Bool { list(name).contains { $0.lowercased() == token } }
}

/// Text without blanks and tabs around it.
public func trimmed(_ text: Substring) -> String {
  var rest = text
  while let first = rest.utf8.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
  while let last = rest.utf8.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
  return String(rest)
}
