import JSONTree

/// What is said to JetStream and what it answers: requests and publications of plain NATS with JSON in them, as its
/// public reference describes them. Pure.
public enum JetStream {
  /// A stream, as it is to be.
  public struct Stream: Equatable, Sendable {
    public var name: String
    public var subjects: [String]
    /// How many of the latest messages of a subject are kept; `nil` = all.
    public var perSubject: Int?
    /// On how many servers it is kept.
    public var replicas: Int

    public init(name: String, subjects: [String], perSubject: Int? = nil, replicas: Int) {
      (self.name, self.subjects, self.perSubject, self.replicas) = (name, subjects, perSubject, replicas)
    }

    public var createSubject: String { "$JS.API.STREAM.CREATE.\(name)" }

    /// Messages are never deleted by a client, and a full stream refuses new ones rather than forget old ones.
    public var body: [UInt8] {
      bytes([
        "name": JSONValue(.string(name)), "subjects": JSONValue(.array(subjects.map { JSONValue(.string($0)) })),
        "retention": "limits", "storage": "file", "discard": "new", "max_consumers": -1, "max_msgs": -1,
        "max_bytes": -1, "max_age": 0, "max_msg_size": -1,
        "max_msgs_per_subject": JSONValue(.number("\(perSubject ?? -1)")),
        "num_replicas": JSONValue(.number("\(replicas)")), "deny_delete": true, "allow_rollup_hdrs": false,
        "allow_direct": false,
      ])
    }
  }

  /// What became of a request for a stream.
  public enum Made: Equatable, Sendable {
    case done
    case refused(String)
    /// There is no JetStream, or its servers have no leader: it is worth asking again.
    case away(String)
  }

  public static func made(_ message: NATSMessage) -> Made {
    guard message.status.isEmpty || message.status == "200" else {
      return .away("no JetStream answers; start nats-server with jetstream in its configuration, or with -js")
    }
    guard let answer = tree(message.body) else { return .away("JetStream's answer cannot be read") }
    guard let error = answer["error"], !error.isNull else { return .done }
    let text = error["description"]?.string ?? "it gives no reason"
    let code = error["code"]?.int ?? 0
    // 503: no leader, or too few servers at the moment.
    return code == 503 || code == 408 ? .away(text) : .refused(text)
  }

  // MARK: Messages

  /// The latest message of a subject.
  public static func latest(_ subject: String) -> [UInt8] { bytes(["last_by_subj": JSONValue(.string(subject))]) }

  /// The first message of a subject from a sequence on.
  public static func next(_ subject: String, from sequence: UInt64) -> [UInt8] {
    bytes(["seq": JSONValue(.number("\(max(1, sequence))")), "next_by_subj": JSONValue(.string(subject))])
  }

  public static func getSubject(_ stream: String) -> String { "$JS.API.STREAM.MSG.GET.\(stream)" }

  /// What a stream gives.
  public enum Found: Equatable, Sendable {
    case message(sequence: UInt64, body: [UInt8])
    case none
    /// Nothing is known.
    case failed(String)
  }

  public static func found(_ message: NATSMessage) -> Found {
    guard let answer = tree(message.body) else {
      return .failed(message.status.isEmpty ? "the answer cannot be read" : "nobody answers")
    }
    if let error = answer["error"], !error.isNull {
      // 10037: no message found.
      if error["err_code"]?.int == 10_037 || error["code"]?.int == 404 && error["err_code"]?.int != 10_059 {
        return .none
      }
      return .failed(error["description"]?.string ?? "it gives no reason")
    }
    guard let stored = answer["message"], let sequence = stored["seq"]?.number.flatMap({ UInt64($0) }) else {
      return .failed("the answer cannot be read")
    }
    guard let text = stored["data"]?.string else { return .message(sequence: sequence, body: []) }
    guard let body = Base64.decoded(text) else { return .failed("the message cannot be read") }
    return .message(sequence: sequence, body: body)
  }

  /// The header by which a publication is refused unless the subject's latest message has this sequence.
  public static func after(_ sequence: UInt64) -> (String, String) {
    ("Nats-Expected-Last-Subject-Sequence", "\(sequence)")
  }

  /// What became of a publication.
  public enum Stored: Equatable, Sendable {
    case stored(UInt64)
    /// The subject's latest message is another.
    case conflict
    /// Nothing is known: it may be stored.
    case failed(String)
  }

  public static func stored(_ message: NATSMessage) -> Stored {
    guard let answer = tree(message.body) else { return .failed("nobody answers") }
    if let error = answer["error"], !error.isNull {
      // 10071: wrong last sequence.
      if error["err_code"]?.int == 10_071 { return .conflict }
      return .failed(error["description"]?.string ?? "it gives no reason")
    }
    guard let sequence = answer["seq"]?.number.flatMap({ UInt64($0) }) else {
      return .failed("the answer cannot be read")
    }
    return .stored(sequence)
  }

  // MARK: Texts

  static func bytes(_ value: JSONValue) -> [UInt8] { Array(JSONWriter.compact(value).utf8) }

  static func tree(_ bytes: [UInt8]) -> JSONValue? { try? JSONDocument.parse(bytes: bytes, file: "JetStream") }
}

/// A bucket of JetStream's key-value store is a stream whose subjects are its keys.
public enum KeyValue {
  public static func stream(_ bucket: String, replicas: Int) -> JetStream.Stream {
    JetStream.Stream(name: "KV_\(bucket)", subjects: ["$KV.\(bucket).>"], perSubject: 1, replicas: replicas)
  }

  public static func subject(_ bucket: String, _ key: String) -> String { "$KV.\(bucket).\(key)" }
}

/// RFC 4648, section 4. JetStream hands stored bytes out in it.
enum Base64 {
  static func decoded(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 4 * 3)
    var (bits, count): (UInt32, Int) = (0, 0)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "=") { break }
      guard let value = value(byte) else { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }

  private static func value(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
