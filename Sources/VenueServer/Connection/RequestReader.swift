import Venue
import WebSocket

/// Why a client's bytes are no request.
enum RequestFault: Error, Equatable {
  /// Not HTTP/1.1, or not as it should be.
  case malformed
  /// Head or body beyond the limit.
  case tooLarge

  var status: Int { self == .malformed ? 400 : 413 }
}

/// What stands next in a connection's bytes.
enum RequestItem {
  /// A whole request. `closes`: the client wants the connection to end after the answer.
  case request(VenueRequest, closes: Bool)
  /// The opening of a WebSocket; what follows in the bytes are frames.
  case upgrade(VenueRequest, ServerHandshake)
}

/// Takes HTTP/1.1 requests out of a connection's bytes, one after the other: heads, bodies by length and in chunks
/// (RFC 9112 6 and 7). A connection that ends within a request gives nothing of it.
struct RequestReader: ~Copyable {
  /// What has come and has not been read.
  var input = ByteQueue()
  private let limits: ServerLimits

  init(limits: ServerLimits) { self.limits = limits }

  /// The next request; `nil` until it is whole.
  mutating func next(acceptsDeflate: Bool) throws(RequestFault) -> RequestItem? {
    let bytes = UnsafeRawBufferPointer(input.bytes)
    let head: HandshakeHead
    do throws(HandshakeFault) {
      guard let found = try HandshakeHead.read(bytes, limit: limits.head) else { return nil }
      head = found
    } catch {
      throw error == .tooLarge ? .tooLarge : .malformed
    }
    let words = head.startLine.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[1].hasPrefix("/"), words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
      throw .malformed
    }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[head.size...])
    guard let (body, size) = try body(head, rest) else { return nil }
    var request = VenueRequest(method: words[0].uppercased(), path: String(words[1]), headers: head.headers, body: body)
    if let mark = words[1].firstIndex(of: "?") {
      request.path = String(words[1][..<mark])
      request.query = String(words[1][words[1].index(after: mark)...])
    }
    if head["upgrade"]?.lowercased() == "websocket" {
      guard let handshake = (try? ServerHandshake.read(bytes, acceptsDeflate: acceptsDeflate)) ?? nil else {
        throw .malformed
      }
      input.removeFirst(head.size)
      return .upgrade(request, handshake)
    }
    input.removeFirst(head.size + size)
    let wish = head["connection"]?.lowercased() ?? ""
    return .request(request, closes: wish.contains("close") || words[2] == "HTTP/1.0" && !wish.contains("keep-alive"))
  }

  /// The body, and how many bytes it takes on the wire; `nil` until it is whole.
  private func body(
    _ head: HandshakeHead, _ rest: UnsafeRawBufferPointer
  ) throws(RequestFault) -> (body: [UInt8], size: Int)? {
    if let coding = head["transfer-encoding"] {
      // Both at once is how requests are smuggled.
      guard coding.lowercased() == "chunked", head["content-length"] == nil else { throw .malformed }
      return try chunks(rest)
    }
    guard let text = head["content-length"] else { return ([], 0) }
    guard let length = Int(text), length >= 0, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { throw .malformed }
    guard length <= limits.body else { throw .tooLarge }
    return rest.count < length ? nil : (Array(rest[..<length]), length)
  }

  private func chunks(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> (body: [UInt8], size: Int)? {
    var body: [UInt8] = []
    var place = 0
    while true {
      guard let line = RequestReader.line(bytes, from: place) else {
        if bytes.count - place > 1024 { throw .malformed }
        return nil
      }
      let digits = line.text.prefix { $0 != ";" }
      guard let size = Int(trimmed(digits), radix: 16), size >= 0 else { throw .malformed }
      guard body.count + size <= limits.body else { throw .tooLarge }
      place = line.end
      if size == 0 { break }
      guard bytes.count >= place + size + 2 else { return nil }
      guard bytes[place + size] == 0x0D, bytes[place + size + 1] == 0x0A else { throw .malformed }
      body += bytes[place..<(place + size)]
      place += size + 2
    }
    // Trailers, up to an empty line; nobody here wants them.
    while let line = RequestReader.line(bytes, from: place) {
      place = line.end
      if line.text.isEmpty { return (body, place) }
    }
    return nil
  }

  /// The line that starts at `from`, without its end, and where the next one starts.
  private static func line(_ bytes: UnsafeRawBufferPointer, from: Int) -> (text: Substring, end: Int)? {
    var place = from
    while place + 1 < bytes.count {
      if bytes[place] == 0x0D, bytes[place + 1] == 0x0A {
        return (Substring(String(decoding: bytes[from..<place], as: UTF8.self)), place + 2)
      }
      place += 1
    }
    return nil
  }
}
