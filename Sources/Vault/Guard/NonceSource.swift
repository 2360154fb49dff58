import CHost
import Glibc
import Synchronization

/// Why no nonce can be given.
public enum NonceFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// Another process uses the key; nonces of two processes would not rise.
  case inUse(path: String)
  /// The high-water mark cannot be read or written; the system's reason.
  case file(path: String, reason: String)
  /// The file holds something else.
  case damaged(path: String)
  /// The number left its range.
  case exhausted
  /// The generator of random bytes is not ready.
  case noRandom

  public var description: String {
    switch self {
    case .inUse(let path): "\(path): another process sends with this key; stop it, or use a key of its own"
    case .file(let path, let reason): "\(path): \(reason); the folder must be writable"
    case .damaged(let path):
      "\(path): damaged; remove it if the key has not been used in the last hour, else make a new key"
    case .exhausted: "the nonce of this key has reached its end; make a new key"
    case .noRandom: "there are no random bytes; the system's generator is not ready"
    }
  }
}

/// The nonces of one key: strictly rising for each unit, also over restarts and when the clock steps back. A mark that
/// no nonce has reached yet is kept in a file and moved ahead about every ten seconds, before any nonce beyond it is
/// given; after a restart the nonces begin behind the mark. Safe to use from several threads; moving the mark costs two
/// flushes of the disk.
public final class NonceSource: Sendable {
  private struct State {
    /// By unit, then the counter.
    var last: [Int64]
    var mark: [Int64]
  }

  /// Where the counter stands behind the four units.
  private static let counter = 4
  /// Ten seconds ahead: well within what venues with a window around their own time accept after a restart.
  private static let ahead: [Int64] = [10, 10_000, 10_000_000, 10_000_000_000, 16]

  private let path: String
  private let lock: Int32
  private let state: Mutex<State>

  /// Takes the file for this process; it is made where there is none.
  public init(path: String) throws(NonceFault) {
    let lock = chost_lock_private(path + ".lock")
    guard lock != -EWOULDBLOCK else { throw .inUse(path: path) }
    guard lock >= 0 else { throw .file(path: path, reason: String(cString: strerror(-lock))) }
    do throws(NonceFault) {
      let mark = try Self.read(path)
      state = Mutex(State(last: mark, mark: mark))
    } catch {
      close(lock)
      throw error
    }
    self.path = path
    self.lock = lock
  }

  deinit { close(lock) }

  private static let title = "patchbay nonces 1"

  private static func read(_ path: String) throws(NonceFault) -> [Int64] {
    var count = 0
    var error: Int32 = 0
    guard let memory = chost_read(path, 4096, &count, &error) else {
      if error == ENOENT { return [Int64](repeating: 0, count: ahead.count) }
      throw .file(path: path, reason: error == 0 ? "this is no regular file" : String(cString: strerror(error)))
    }
    defer { free(memory) }
    let text = String(decoding: UnsafeRawBufferPointer(start: memory, count: count), as: UTF8.self)
    let lines = text.split(separator: "\n")
    let numbers = lines.dropFirst().compactMap { Int64($0) }
    guard lines.first == title[...], numbers.count == ahead.count, lines.count == ahead.count + 1,
      numbers.allSatisfy({ $0 >= 0 })
    else { throw .damaged(path: path) }
    return numbers
  }

  /// The next nonce of a unit: the time, or one more than the last.
  public func next(_ unit: NonceUnit, time: Int64) throws(NonceFault) -> Int64 {
    try next(Int(unit.rawValue) - 1, atLeast: time / unit.nanoseconds)
  }

  /// The next number of the account's own sequence: 1, 2, 3, ..., with a gap after a restart.
  public func nextCount() throws(NonceFault) -> Int64 { try next(Self.counter, atLeast: 1) }

  private func next(_ index: Int, atLeast least: Int64) throws(NonceFault) -> Int64 {
    // A typed error does not pass through withLock's closure.
    let result: Result<Int64, NonceFault> = state.withLock { state in
      guard state.last[index] < .max - Self.ahead[index] - 1, least < .max - Self.ahead[index] - 1 else {
        return .failure(.exhausted)
      }
      let nonce = max(least, state.last[index] + 1)
      if nonce > state.mark[index] {
        var mark = state.mark
        mark[index] = nonce + Self.ahead[index]
        let text = Array((Self.title + "\n" + mark.map { "\($0)\n" }.joined()).utf8)
        let failure = chost_replace_private(path, text, text.count)
        guard failure == 0 else {
          return .failure(.file(path: path, reason: String(cString: strerror(-failure))))
        }
        state.mark = mark
      }
      state.last[index] = nonce
      return .success(nonce)
    }
    return try result.get()
  }
}

/// The nonce sources of a process, one for each key: connectors and accounts that share a key share its source.
public final class NonceSources: Sendable {
  private let folder: String
  private let sources = Mutex<[String: NonceSource]>([:])
  /// What the nonces of keys on chains were used for.
  let chains = ChainNonces()

  /// - Parameter folder: exists and is writable; it holds one small file for each key.
  public init(folder: String) { self.folder = folder }

  /// The source of a key, by `LoadedAccount.fingerprint`.
  public func source(_ fingerprint: String) throws(NonceFault) -> NonceSource {
    let result: Result<NonceSource, NonceFault> = sources.withLock { sources in
      if let known = sources[fingerprint] { return .success(known) }
      do throws(NonceFault) {
        let made = try NonceSource(path: "\(folder)/nonce-\(fingerprint)")
        sources[fingerprint] = made
        return .success(made)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
