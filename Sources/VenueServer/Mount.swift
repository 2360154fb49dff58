import Venue

/// A venue with its place on a port.
final class Mount {
  let venue: ServedVenue
  /// Without a slash at its end; empty = the port's root.
  let prefix: String
  /// The venue goes on only when its readers have taken most of what it said.
  let waitsForReaders: Bool
  /// When the venue has something to do.
  var due: Int64 = .min

  init(_ venue: ServedVenue, prefix: String, waitsForReaders: Bool) {
    self.venue = venue
    self.prefix = prefix
    self.waitsForReaders = waitsForReaders
  }

  /// The path as the venue sees it; `nil` when it is not under the prefix.
  func path(_ path: String) -> String? {
    guard path.hasPrefix(prefix) else { return nil }
    let rest = path.dropFirst(prefix.count)
    return rest.isEmpty ? "/" : rest.hasPrefix("/") ? String(rest) : nil
  }
}

/// A port that is listened on.
final class ServedPort {
  let descriptor: Int32
  let number: UInt16
  let token: UInt64
  var mounts: [Mount] = []

  init(descriptor: Int32, number: UInt16, token: UInt64) {
    self.descriptor = descriptor
    self.number = number
    self.token = token
  }

  /// The venue of a path, with the path as it sees it; the longest prefix decides.
  func find(_ path: String) -> (mount: Mount, path: String)? {
    mounts.compactMap { mount in mount.path(path).map { (mount, $0) } }
      .max { $0.0.prefix.count < $1.0.prefix.count }
  }
}
