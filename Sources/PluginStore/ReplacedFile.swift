import Glibc

/// Files that are written as a whole, or not at all.
public enum ReplacedFile {
  /// Writes beside the file and renames: whoever reads it finds the old text or the new one. A link is replaced, and
  /// not followed.
  /// - Parameters:
  ///   - mode: of a new file.
  ///   - isNew: it must not be there yet.
  public static func write(_ text: String, to path: String, mode: mode_t = 0o644, isNew: Bool = false) throws {
    let temporary = isNew ? path : "\(path).new-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw StoreFault(temporary, errno: errno, errno == EEXIST ? "name another file, or move that one away" : "")
    }
    let file = OpenFile(descriptor, temporary)
    do {
      try file.write(Array(text.utf8))
      try file.flush()
      guard isNew || rename(temporary, path) == 0 else { throw StoreFault(path, errno: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
  }
}
