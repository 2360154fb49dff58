import JSONTree

/// What stands in the store under a lease's key: who holds it.
public struct LeaseWord: Equatable, Sendable {
  /// The name of the host.
  public var host: String
  /// Of one run of one host; no other run has it.
  public var session: String
  /// Which write of that run this is, so that one that was never answered is known again.
  public var attempt: UInt64
  /// The fencing number: the revision by which the lease was gained. 0 in the write that gains it, whose revision that
  /// is.
  public var fence: UInt64
  /// For how long the holder counts on it, from when it sent the write, in nanoseconds.
  public var length: Int64
  /// The holder has let it go, and counts on nothing.
  public var isReleased: Bool

  public init(host: String, session: String, attempt: UInt64, fence: UInt64, length: Int64, isReleased: Bool = false) {
    self.host = host
    self.session = session
    self.attempt = attempt
    self.fence = fence
    self.length = length
    self.isReleased = isReleased
  }

  /// Of nobody: a place to wait at, so that a write that comes late never takes a key that was gone twice.
  static func vacant(length: Int64) -> LeaseWord {
    LeaseWord(host: "", session: "", attempt: 0, fence: 0, length: length)
  }

  /// Whether it gives nobody anything.
  public var isVacant: Bool { session.isEmpty }

  /// The longest lease that is believed: what another host writes must not keep an account idle for ever.
  public static let longest: Int64 = 3_600_000_000_000

  public var json: JSONValue {
    [
      "host": JSONValue(.string(host)), "session": JSONValue(.string(session)),
      "attempt": JSONValue(.number("\(attempt)")), "fence": JSONValue(.number("\(fence)")),
      "length_ns": JSONValue(.number("\(length)")), "released": JSONValue(.bool(isReleased)),
    ]
  }

  /// `nil` where it is none that a host wrote.
  public init?(_ value: JSONValue) {
    guard let host = value["host"]?.string, let session = value["session"]?.string,
      let attempt = value["attempt"]?.number.flatMap({ UInt64($0) }),
      let fence = value["fence"]?.number.flatMap({ UInt64($0) }),
      let length = value["length_ns"]?.number.flatMap({ Int64($0) }), (1...Self.longest).contains(length)
    else { return nil }
    self.init(
      host: host, session: session, attempt: attempt, fence: fence, length: length,
      isReleased: value["released"]?.bool ?? false)
  }
}

/// Where a key of the store stands.
public struct LeaseEntry: Equatable, Sendable {
  /// Rises with every write of the key; 0 = there is none.
  public var revision: UInt64
  /// `nil` where the key is not there, or has something that no host wrote.
  public var word: LeaseWord?

  public init(revision: UInt64, word: LeaseWord?) {
    self.revision = revision
    self.word = word
  }

  public static let absent = LeaseEntry(revision: 0, word: nil)

  /// The fencing number of who holds it.
  public var fence: UInt64 { word.map { $0.fence == 0 ? revision : $0.fence } ?? 0 }
}

/// What a lease asks of the store. Each is answered once, or not at all.
public enum LeaseQuestion: Equatable, Sendable {
  case read
  /// Writes the key if its revision is still this one; 0 = if it is not there.
  case write(LeaseWord, after: UInt64)
}

/// What the store says.
public enum LeaseAnswer: Equatable, Sendable {
  case found(LeaseEntry)
  /// It was written, and this is its revision.
  case wrote(UInt64)
  /// It was not: the key stands elsewhere.
  case conflict
  /// Nothing is known: a write may have happened, or still happen.
  case failed
}
