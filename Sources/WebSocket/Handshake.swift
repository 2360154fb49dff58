import COpenSSL

/// The client's side of the opening handshake (RFC 6455 4.1).
public struct ClientHandshake: Sendable {
  /// What to send.
  public let request: [UInt8]
  private let accept: String
  private let offersDeflate: Bool
  private let protocols: [String]

  /// Headers that belong to the handshake and that nobody else may set.
  public static let reserved: Set<String> = [
    "host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions",
    "sec-websocket-accept", "content-length", "transfer-encoding",
  ]

  /// - Parameters:
  ///   - host: the `Host` header, with the port where it is not the scheme's own.
  ///   - target: path and query; starts with `/`.
  ///   - headers: more headers, without CR, LF, NUL and names of `reserved`: the caller has checked.
  ///   - key: 16 random bytes.
  public init(host: String, target: String, headers: [(name: String, value: String)], key: [UInt8], offersDeflate: Bool)
  {
    let text = base64(key)
    accept = acceptValue(text)
    self.offersDeflate = offersDeflate
    protocols = headers.filter { $0.name.lowercased() == "sec-websocket-protocol" }.flatMap {
      $0.value.split(separator: ",").map { trimmed($0) }
    }
    var lines = "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    lines += "Sec-WebSocket-Key: \(text)\r\nSec-WebSocket-Version: 13\r\n"
    if offersDeflate { lines += "Sec-WebSocket-Extensions: permessage-deflate\r\n" }
    for header in headers { lines += "\(header.name): \(header.value)\r\n" }
    request = Array((lines + "\r\n").utf8)
  }

  /// Reads the server's answer; `nil` until its head is whole. Bytes behind `head.size` are frames already.
  public func check(
    _ bytes: UnsafeRawBufferPointer
  ) throws(HandshakeFault) -> (head: HandshakeHead, deflate: DeflateAgreement?)? {
    guard let head = try HandshakeHead.read(bytes) else { return nil }
    let words = head.startLine.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { throw .malformed }
    guard status == 101 else { throw .status(status) }
    guard head["upgrade"]?.lowercased() == "websocket" else { throw .header("upgrade") }
    guard head.contains("upgrade", in: "connection") else { throw .header("connection") }
    guard head["sec-websocket-accept"] == accept else { throw .header("sec-websocket-accept") }
    if let chosen = head["sec-websocket-protocol"], !protocols.contains(chosen) { throw .notOffered(chosen) }
    return (head, try deflate(head.list("sec-websocket-extensions")))
  }

  private func deflate(_ extensions: [String]) throws(HandshakeFault) -> DeflateAgreement? {
    guard let first = extensions.first else { return nil }
    guard offersDeflate, extensions.count == 1 else { throw .notOffered(extensions.joined(separator: ", ")) }
    var agreement = DeflateAgreement()
    var seen: Set<String> = []
    for (index, parameter) in DeflateParameter.list(first).enumerated() {
      guard seen.insert(parameter.name).inserted else { throw .notOffered(first) }
      switch (index, parameter.name, parameter.value) {
      case (0, "permessage-deflate", nil): continue
      case (1..., "server_no_context_takeover", nil): agreement.serverNoContext = true
      case (1..., "client_no_context_takeover", nil): agreement.clientNoContext = true
      // The largest window decompresses every smaller one too.
      case (1..., "server_max_window_bits", let bits?) where DeflateParameter.windowBits(bits) != nil: continue
      default: throw .notOffered(first)
      }
    }
    return agreement
  }
}

/// The server's side of the opening handshake (RFC 6455 4.2).
public struct ServerHandshake: Sendable {
  /// What the client asked for. Bytes behind `head.size` are frames already.
  public let head: HandshakeHead
  /// Path and query.
  public let target: String
  /// What to answer about compression: the client's first offer that can be taken.
  public let deflate: DeflateAgreement?
  private let accept: String

  /// Reads a client's request; `nil` until its head is whole.
  public static func read(
    _ bytes: UnsafeRawBufferPointer, acceptsDeflate: Bool
  ) throws(HandshakeFault) -> ServerHandshake? {
    guard let head = try HandshakeHead.read(bytes) else { return nil }
    return try ServerHandshake(head, acceptsDeflate: acceptsDeflate)
  }

  private init(_ head: HandshakeHead, acceptsDeflate: Bool) throws(HandshakeFault) {
    let words = head.startLine.split(separator: " ")
    guard words.count == 3, words[0] == "GET", words[1].hasPrefix("/"), words[2] == "HTTP/1.1" else { throw .malformed }
    guard head["host"] != nil else { throw .header("host") }
    guard head["upgrade"]?.lowercased() == "websocket" else { throw .header("upgrade") }
    guard head.contains("upgrade", in: "connection") else { throw .header("connection") }
    guard head["sec-websocket-version"] == "13" else { throw .header("sec-websocket-version") }
    guard let key = head["sec-websocket-key"], key.utf8.count == 24, key.hasSuffix("==") else {
      throw .header("sec-websocket-key")
    }
    self.head = head
    target = String(words[1])
    accept = acceptValue(key)
    let offers = acceptsDeflate ? head.list("sec-websocket-extensions") : []
    deflate = offers.lazy.compactMap(DeflateParameter.agreement).first
  }

  /// The answer that opens the connection.
  public var response: [UInt8] {
    var lines = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    lines += "Sec-WebSocket-Accept: \(accept)\r\n"
    if let deflate {
      lines += "Sec-WebSocket-Extensions: permessage-deflate"
      if deflate.serverNoContext { lines += "; server_no_context_takeover" }
      if deflate.clientNoContext { lines += "; client_no_context_takeover" }
      if deflate.serverWindowBits != 15 { lines += "; server_max_window_bits=\(deflate.serverWindowBits)" }
      lines += "\r\n"
    }
    return Array((lines + "\r\n").utf8)
  }
}

/// A parameter of a permessage-deflate offer or answer (RFC 7692 7.1); the first one is the extension's name.
struct DeflateParameter {
  var name: String
  var value: String?

  static func list(_ text: String) -> [DeflateParameter] {
    text.split(separator: ";").map { part in
      let halves = part.split(separator: "=", maxSplits: 1)
      let value = halves.count == 2 ? trimmed(halves[1]).filter { $0 != "\"" } : nil
      return DeflateParameter(name: trimmed(halves.first ?? "").lowercased(), value: value)
    }
  }

  static func windowBits(_ text: String) -> Int32? {
    guard let bits = Int32(text), (8...15).contains(bits), "\(bits)" == text else { return nil }
    return bits
  }

  /// What a server answers to an offer; `nil` = the offer cannot be taken.
  static func agreement(_ offer: String) -> DeflateAgreement? {
    let parameters = list(offer)
    guard parameters.first?.name == "permessage-deflate", parameters.first?.value == nil else { return nil }
    guard Set(parameters.map(\.name)).count == parameters.count else { return nil }
    var agreement = DeflateAgreement()
    for parameter in parameters.dropFirst() {
      switch (parameter.name, parameter.value) {
      case ("server_no_context_takeover", nil): agreement.serverNoContext = true
      case ("client_no_context_takeover", nil): agreement.clientNoContext = true
      case ("client_max_window_bits", let bits): if let bits, windowBits(bits) == nil { return nil }
      case ("server_max_window_bits", let bits?):
        // zlib cannot write raw deflate with a window of 8 bits.
        guard let bits = windowBits(bits), bits > 8 else { return nil }
        agreement.serverWindowBits = bits
      default: return nil
      }
    }
    return agreement
  }
}

extension ServerHandshake {
  /// What `Sec-WebSocket-Accept` has to say to a key, for a server whose HTTP is somebody else's (RFC 6455 4.2.2);
  /// `nil` where it is no key.
  public static func accept(key: String) -> String? {
    key.utf8.count == 24 && key.hasSuffix("==") ? acceptValue(key) : nil
  }
}

/// The proof that the server has read the key (RFC 6455 4.2.2).
private func acceptValue(_ key: String) -> String {
  let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
  var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
  SHA1(text, text.count, &digest)
  return base64(digest)
}

private func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
    let digits = min(bytes.count - start, 3) + 1
    for digit in 0..<4 { text.append(digit < digits ? alphabet[group >> (18 - 6 * digit) & 63] : 0x3D) }
  }
  return String(decoding: text, as: UTF8.self)
}
