import CHost
import Catalog
import Glibc

/// The plugin folder of a host, as `patchbay plugin` changes it. A version is put together beside the one that is there
/// and takes its place in one step, so that a host which starts meanwhile finds the old one or the new one, whole. What
/// was there before is kept, so that it can come back. Where the file system cannot exchange two names at once, a crash
/// between two renames leaves nothing in its place, and the version before for `rollback`.
///
/// Everything is done through open folders, and no link is followed: what is at a path meanwhile does not matter.
public final class PluginStore {
  public let path: String
  private let folder: OpenFile
  /// Below the plugin folder: `.old/<id>/<number>`.
  private static let oldName = ".old"

  /// Opens the folder, and keeps others from changing it meanwhile.
  /// - Parameter isMade: it is made where it is not there.
  public init(path: String, isMade: Bool = false) throws(StoreFault) {
    if isMade, mkdir(path, 0o755) != 0, errno != EEXIST { throw StoreFault(path, errno: errno) }
    if let fault = GuardedFolder.fault(path) { throw StoreFault(.unsafe, path, fault.what, fault.remedy) }
    folder = try OpenFile.folder(path)
    if let fault = GuardedFolder.fault(descriptor: folder.descriptor) {
      throw StoreFault(.unsafe, path, fault.what, fault.remedy)
    }
    guard flock(folder.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw StoreFault(.unreadable, path, "another patchbay plugin works on it", "wait for that one")
    }
    self.path = path
  }

  // MARK: What is there

  /// What is installed under an id; nil = nothing is.
  public func installed(_ id: String) throws -> PluginSource? {
    guard let own = try folder.find(id, O_RDONLY | O_DIRECTORY) else { return nil }
    return try PluginSource(folder: own)
  }

  /// The versions of an id that can come back, the last one first.
  public func old(_ id: String) throws -> [PluginSource] {
    guard let all = try olds(id, make: false) else { return [] }
    return try Self.numbers(all).reversed().compactMap { number in
      try all.find("\(number)", O_RDONLY | O_DIRECTORY).map { try PluginSource(folder: $0) }
    }
  }

  // MARK: Changes

  /// Puts a version in its place.
  /// - Parameter judged: the hash of its library for this platform when it was judged; what is copied must have it.
  /// - Returns: whether another version was there, and is kept.
  public func install(_ source: PluginSource, judged: String) throws(StoreFault) -> Bool {
    let id = source.manifest.id
    guard let platform = Platform(rawValue: Platform.current), let library = source.libraries[platform] else {
      throw StoreFault(.unfit, source.path, "it has no library for \(Platform.current)")
    }
    // Nobody else is at work here: these are of somebody who was interrupted.
    for name in try folder.names() where name.hasPrefix(".new-") { try remove(name, in: folder) }
    let (staging, name) = try stage()
    do throws(StoreFault) {
      try write(source.manifestBytes, PluginSource.manifestName, in: staging)
      if let signature = source.signature { try write(signature, PluginSource.signatureName, in: staging) }
      let target = try make(source.manifest.library, in: staging)
      guard try library.sha256(writingTo: target) == judged else {
        throw StoreFault(.untrusted, source.path, "it was changed while it was installed", "see who writes to it")
      }
      try target.flush()
      guard fchmod(staging.descriptor, 0o755) == 0 else { throw StoreFault(staging.path, errno: errno) }
      try staging.flush()
      return try put(name, as: id)
    } catch {
      try? remove(name, in: folder)
      throw error
    }
  }

  /// Puts the last old version back in the place of the one that is there, which becomes the old one.
  public func rollback(_ id: String) throws(StoreFault) {
    guard let all = try olds(id, make: false), let number = try Self.numbers(all).last else {
      throw StoreFault(.unreadable, "\(path)/\(id)", "there is no older version to go back to")
    }
    let isThere = try isFolder(id)
    let how = isThere ? CHOST_RENAME_EXCHANGE : CHOST_RENAME_NEW
    var failure = chost_rename_at(all.descriptor, "\(number)", folder.descriptor, id, how)
    if failure == -EINVAL, isThere {
      try keep(id)
      failure = chost_rename_at(all.descriptor, "\(number)", folder.descriptor, id, CHOST_RENAME_NEW)
    }
    guard failure == 0 else { throw StoreFault("\(path)/\(id)", errno: -failure) }
    try all.flush()
    try folder.flush()
  }

  /// Takes what is installed away; it can come back unless everything is to go.
  public func remove(_ id: String, isForGood: Bool) throws(StoreFault) {
    guard try isFolder(id) else { throw StoreFault(.unreadable, "\(path)/\(id)", "nothing is installed there") }
    try keep(id)
    if isForGood, let old = try folder.find(Self.oldName, O_RDONLY | O_DIRECTORY) { try remove(id, in: old) }
    try folder.flush()
  }

  // MARK: Steps

  /// An empty folder of our own in the plugin folder.
  private func stage() throws(StoreFault) -> (OpenFile, String) {
    for number in 0..<1000 {
      let name = ".new-\(getpid())-\(number)"
      if mkdirat(folder.descriptor, name, 0o700) == 0 {
        guard let made = try folder.find(name, O_RDONLY | O_DIRECTORY) else { break }
        return (made, name)
      }
      guard errno == EEXIST else { throw StoreFault(path, errno: errno) }
    }
    throw StoreFault(.unreadable, path, "no folder can be made in it")
  }

  private func make(_ name: String, in folder: OpenFile) throws(StoreFault) -> OpenFile {
    let descriptor = chost_open_at(folder.descriptor, name, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    guard descriptor >= 0 else { throw StoreFault("\(folder.path)/\(name)", errno: -descriptor) }
    return OpenFile(descriptor, "\(folder.path)/\(name)")
  }

  private func write(_ bytes: [UInt8], _ name: String, in folder: OpenFile) throws(StoreFault) {
    let file = try make(name, in: folder)
    try file.write(bytes)
    try file.flush()
  }

  /// Whether there is a folder of this name; what is something else is refused.
  private func isFolder(_ name: String) throws(StoreFault) -> Bool {
    try folder.find(name, O_RDONLY | O_DIRECTORY) != nil
  }

  /// Renames a finished folder to its id. Gives whether another one was there.
  private func put(_ name: String, as id: String) throws(StoreFault) -> Bool {
    guard try isFolder(id) else {
      let failure = chost_rename_at(folder.descriptor, name, folder.descriptor, id, CHOST_RENAME_NEW)
      guard failure == 0 else { throw StoreFault("\(path)/\(id)", errno: -failure) }
      try folder.flush()
      return false
    }
    // Whatever could fail does so before anything is changed.
    _ = try olds(id, make: true)
    var failure = chost_rename_at(folder.descriptor, name, folder.descriptor, id, CHOST_RENAME_EXCHANGE)
    if failure == 0 {
      // The old version has the new one's name now.
      do throws(StoreFault) { try keep(name, of: id) } catch {
        _ = chost_rename_at(folder.descriptor, name, folder.descriptor, id, CHOST_RENAME_EXCHANGE)
        throw error
      }
    } else if failure == -EINVAL {
      try keep(id)
      failure = chost_rename_at(folder.descriptor, name, folder.descriptor, id, CHOST_RENAME_NEW)
    }
    guard failure == 0 else { throw StoreFault("\(path)/\(id)", errno: -failure) }
    try folder.flush()
    return true
  }

  /// Moves a folder to the old versions of an id, and forgets the oldest of them.
  private func keep(_ name: String, of id: String? = nil) throws(StoreFault) {
    let id = id ?? name
    guard let all = try olds(id, make: true) else { return }
    let numbers = try Self.numbers(all)
    let failure = chost_rename_at(
      folder.descriptor, name, all.descriptor, "\((numbers.last ?? 0) + 1)", CHOST_RENAME_NEW)
    guard failure == 0 else { throw StoreFault("\(path)/\(name)", errno: -failure) }
    // One that cannot be deleted now is deleted the next time.
    for number in numbers.dropLast(StoreLimits.oldVersions - 1) { try? remove("\(number)", in: all) }
    try all.flush()
  }

  /// The folder of the old versions of an id.
  private func olds(_ id: String, make: Bool) throws(StoreFault) -> OpenFile? {
    var place = folder
    for name in [Self.oldName, id] {
      if make, mkdirat(place.descriptor, name, 0o755) != 0, errno != EEXIST {
        throw StoreFault("\(place.path)/\(name)", errno: errno)
      }
      guard let next = try place.find(name, O_RDONLY | O_DIRECTORY) else { return nil }
      if let fault = GuardedFolder.fault(descriptor: next.descriptor) {
        throw StoreFault(.unsafe, next.path, fault.what, fault.remedy)
      }
      place = next
    }
    return place
  }

  /// The numbers of old versions, rising.
  private static func numbers(_ folder: OpenFile) throws(StoreFault) -> [Int] {
    try folder.names().compactMap { name in Int(name).flatMap { "\($0)" == name && $0 > 0 ? $0 : nil } }.sorted()
  }

  /// Deletes what is at a name, and all below it, without following any link.
  private func remove(_ name: String, in parent: OpenFile, depth: Int = 0) throws(StoreFault) {
    if unlinkat(parent.descriptor, name, 0) == 0 || errno == ENOENT { return }
    guard depth < 8, errno == EISDIR || errno == EPERM,
      let own = try parent.find(name, O_RDONLY | O_DIRECTORY)
    else { throw StoreFault("\(parent.path)/\(name)", errno: errno) }
    for below in try own.names() { try remove(below, in: own, depth: depth + 1) }
    guard unlinkat(parent.descriptor, name, Int32(AT_REMOVEDIR)) == 0 else {
      throw StoreFault("\(parent.path)/\(name)", errno: errno)
    }
  }
}
