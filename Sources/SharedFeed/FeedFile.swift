import CFeed

#if canImport(Glibc)
  import Glibc
#endif

/// Why there is no feed. The host runs all the same.
public enum FeedFault: Error, CustomStringConvertible, Equatable {
  /// The folder takes no new file.
  case noFile(folder: String, error: Int32)
  /// The folder is not in memory: writing to it would wait for a disk.
  case notMemory(folder: String)
  /// There is not so much memory left in the folder's file system.
  case noRoom(folder: String, bytes: Int, error: Int32)
  /// It cannot be mapped.
  case noMapping(error: Int32)
  /// The link by which readers find it cannot be made.
  case noLink(path: String, error: Int32)

  public var description: String {
    switch self {
    case .noFile(let folder, let error):
      "no feed in shared memory: no file can be made in \(folder) (\(words(error))); see feed.folder, or set "
        + "feed.enabled to false"
    case .notMemory(let folder):
      "no feed in shared memory: \(folder) is not a file system in memory (tmpfs), such as /dev/shm; see feed.folder"
    case .noRoom(let folder, let bytes, let error):
      "no feed in shared memory: \(folder) has no room for \(bytes >> 10) KiB (\(words(error))); make it larger, or "
        + "feed.books and feed.ring_megabytes smaller"
    case .noMapping(let error): "no feed in shared memory: it cannot be mapped (\(words(error)))"
    case .noLink(let path, let error): "no feed in shared memory: \(path) cannot be made (\(words(error)))"
    }
  }

  private func words(_ error: Int32) -> String { String(cString: strerror(error)) }
}

extension FeedFault {
  /// Why a folder cannot have a segment of so many bytes; `nil` = it can. Changes nothing.
  /// - Parameter free: bytes that are free there; `nil` = it is not known.
  public static func fault(of folder: String, bytes: Int, free: UInt64?) -> FeedFault? {
    var status = stat()
    guard stat(folder, &status) == 0 else { return .noFile(folder: folder, error: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { return .noFile(folder: folder, error: ENOTDIR) }
    guard feed_is_memory(folder) != 0 else { return .notMemory(folder: folder) }
    guard access(folder, W_OK | X_OK) == 0 else { return .noFile(folder: folder, error: errno) }
    return free.map { $0 < UInt64(bytes) } ?? false ? .noRoom(folder: folder, bytes: bytes, error: ENOSPC) : nil
  }
}

/// The file of a segment and the link that leads to it.
///
/// The file has a name that nobody can foresee, belongs to the user alone, and may be read only: the host writes
/// through the descriptor with which it made it. All its memory is taken at once, so that no store of the host can fail
/// later because others have filled the file system.
struct FeedFile {
  static let prefix = "patchbay-feed-"
  let path: String
  let link: String
  let base: UnsafeMutableRawPointer
  let bytes: Int
  /// Open and locked as long as the host lives, so that no other takes the segment for one that was left behind.
  private let file: Int32

  /// Makes a file of so many zero bytes. What hosts that died have left in the folder is taken away.
  /// - Parameters:
  ///   - folder: of a file system in memory.
  ///   - link: path of the link; the caller alone uses the folder that it lies in.
  init(folder: String, link: String, bytes: Int) throws(FeedFault) {
    Self.removeStale(link)
    Self.sweep(folder)
    guard feed_is_memory(folder) != 0 else { throw .notMemory(folder: folder) }
    var name = Array("\(folder)/\(Self.prefix)XXXXXX".utf8CString)
    let file = feed_make_file(&name)
    guard file >= 0 else { throw .noFile(folder: folder, error: errno) }
    let path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    do throws(FeedFault) {
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else { throw .noFile(folder: folder, error: errno) }
      let error = posix_fallocate(file, 0, bytes)
      guard error == 0 else { throw .noRoom(folder: folder, bytes: bytes, error: error) }
      let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | Int32(MAP_POPULATE), file, 0)
      guard let mapped, mapped != MAP_FAILED else { throw .noMapping(error: errno) }
      (self.path, self.link, base, self.bytes, self.file) = (path, link, mapped, bytes, file)
    } catch {
      close(file)
      unlink(path)
      throw error
    }
    fchmod(file, 0o400)
  }

  /// Lets readers find it. To be called when everything stands in it.
  func publish() throws(FeedFault) {
    let next = "\(link).next"
    unlink(next)
    guard symlink(path, next) == 0, rename(next, link) == 0 else { throw .noLink(path: link, error: errno) }
  }

  /// Takes file and link away; who has mapped it keeps what it has.
  func remove() {
    if Self.target(of: link) == path { unlink(link) }
    unlink(path)
  }

  /// Lets go of the lock, as the kernel does for a host that dies.
  func unlock() { flock(file, LOCK_UN) }

  func unmap() {
    munmap(base, bytes)
    close(file)
  }

  /// What a host left that had no time to end: its segment says from now on that it has ended. A link may lead to the
  /// segment of a host that lives, where its folder was copied: that is left alone.
  private static func removeStale(_ link: String) {
    guard let path = target(of: link) else { return }
    unlink(link)
    guard path.split(separator: "/").last?.hasPrefix(prefix) == true else { return }
    removeStale(file: path)
  }

  /// Takes away what hosts of this user left that had no time to end, also where their data folders are gone.
  private static func sweep(_ folder: String) {
    guard let opened = opendir(folder) else { return }
    defer { closedir(opened) }
    while let entry = readdir(opened) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(prefix) { removeStale(file: "\(folder)/\(name)") }
    }
  }

  /// A segment whose host lives is locked by it, and left alone; so is one that is being made and has no room yet.
  private static func removeStale(file path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
      status.st_nlink == 1, status.st_size >= MemoryLayout<pb_feed_head>.size
    else { return }
    let lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard lock >= 0 else { return }
    defer { close(lock) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { return }
    defer { unlink(path) }
    fchmod(lock, 0o600)
    let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return }
    defer { close(file) }
    var magic: UInt32 = 0
    guard pread(file, &magic, 4, 0) == 4, magic == PB_FEED_MAGIC else { return }
    var state = UInt32(PB_FEED_STATE_ENDED)
    let at = MemoryLayout<pb_feed_head>.offset(of: \pb_feed_head.state) ?? 0
    _ = pwrite(file, &state, 4, off_t(at))
  }

  private static func target(of link: String) -> String? {
    var text = [UInt8](repeating: 0, count: 4096)
    let count = readlink(link, &text, text.count)
    return count > 0 ? String(decoding: text[..<count], as: UTF8.self) : nil
  }
}
