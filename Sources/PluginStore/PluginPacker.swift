import CHost
import Catalog
import Glibc
import JSONTree
import Minisign

/// Makes what is published of a connector: its manifest with the hashes of its libraries, the signature, and one file
/// with all of it.
public struct PluginPacker {
  /// A library that does not lie in the connector's folder.
  public struct Library {
    public var platform: Platform
    public var path: String

    public init(platform: Platform, path: String) { (self.platform, self.path) = (platform, path) }
  }

  private let folder: OpenFile
  public let manifest: Manifest
  private let bytes: [UInt8]
  private let libraries: [Platform: Blob]
  /// The content of `manifest.json.minisig`; nil = there is none.
  private let signature: [UInt8]?

  /// Reads the manifest and the libraries of a folder, and those that lie elsewhere.
  public init(folder path: String, libraries more: [Library] = []) throws {
    folder = try OpenFile.folder(path)
    let source = try PluginSource(folder: folder)
    var libraries = source.libraries
    for library in more {
      let descriptor = open(library.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard descriptor >= 0 else { throw StoreFault(library.path, errno: errno) }
      let file = OpenFile(descriptor, library.path)
      let blob = Blob(file: file, offset: 0, size: try file.size(atMost: StoreLimits.libraryBytes))
      guard try Platform(elf: blob.head()) == library.platform else {
        throw StoreFault(.unfit, library.path, "it is no library for \(library.platform.rawValue)")
      }
      libraries[library.platform] = blob
    }
    guard !libraries.isEmpty else {
      throw StoreFault(
        .notAPackage, path, "\(source.manifest.library) is not in it", "build it, or name it by --library")
    }
    (manifest, bytes, signature) = (source.manifest, source.manifestBytes, source.signature)
    self.libraries = libraries
  }

  public var platforms: [Platform] { Platform.allCases.filter { libraries[$0] != nil } }

  /// The manifest with the hashes and sizes of these libraries; the bytes as they are where they name them already.
  public func manifestWithHashes() throws -> [UInt8] {
    let hashes = try platforms.map { platform in
      (platform, try libraries[platform]?.sha256() ?? "", libraries[platform]?.size ?? 0)
    }
    let isCurrent = manifest.artifacts.count == hashes.count
      && hashes.allSatisfy { platform, hash, size in
        manifest.artifacts.contains {
          $0.platform == platform.rawValue && $0.sha256 == hash && ($0.bytes ?? size) == size
        }
      }
    guard !isCurrent else { return bytes }
    let artifacts = hashes.map { platform, hash, size -> JSONValue in
      [
        "platform": JSONValue(.string(platform.rawValue)), "sha256": JSONValue(.string(hash)),
        "bytes": JSONValue(.number("\(size)")),
      ]
    }
    let tree = try JSONDocument.parse(bytes: bytes, file: "\(folder.path)/\(PluginSource.manifestName)")
    var members = tree.object ?? []
    let list = JSONValue(.array(artifacts))
    if let place = members.firstIndex(where: { $0.key == "artifacts" }) {
      members[place].value = list
    } else {
      members.append(JSONMember("artifacts", list))
    }
    return Array(JSONWriter.pretty(JSONValue(.object(members))).utf8)
  }

  /// Writes the hashes into `manifest.json`, where it does not name them.
  /// - Returns: whether it was changed; a signature that was there is of another manifest then.
  public func writeHashes() throws -> Bool {
    let new = try manifestWithHashes()
    guard new != bytes else { return false }
    try replace(PluginSource.manifestName, new)
    return true
  }

  /// Signs the manifest as it stands; it has to name the hashes of all libraries here.
  /// - Parameter time: seconds since 1970, for the trusted comment.
  public func sign(with key: SecretKey, time: Int64) throws -> Signature {
    guard try manifestWithHashes() == bytes else {
      throw StoreFault(
        .notAPackage, folder.path, "its manifest does not name the hashes of its libraries, so that a signature would "
          + "cover none", "patchbay plugin pack writes them")
    }
    let comment = "timestamp:\(time)\tfile:manifest.json\thashed\tconnector:\(manifest.id) \(manifest.version)"
    let signature = try key.sign(bytes, trustedComment: comment)
    try replace(PluginSource.signatureName, Array(signature.file.utf8))
    return signature
  }

  /// Writes the package: manifest, signature where there is one, libraries.
  /// - Returns: whether it is signed.
  public func pack(to path: String) throws -> Bool {
    guard try manifestWithHashes() == bytes else {
      throw StoreFault(.notAPackage, folder.path, "its manifest does not name the hashes of its libraries")
    }
    let temporary = "\(path).new-\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StoreFault(temporary, errno: errno) }
    let file = OpenFile(descriptor, temporary)
    do {
      try add(PluginSource.manifestName, bytes, to: file)
      if let signature { try add(PluginSource.signatureName, signature, to: file) }
      for platform in platforms {
        guard let blob = libraries[platform] else { continue }
        try file.write(TarArchive.header("\(platform.rawValue)/\(manifest.library)", size: blob.size))
        guard try blob.sha256(writingTo: file) == manifest.sha256(platform: platform.rawValue) else {
          throw StoreFault(.untrusted, blob.file.path, "it was changed while it was packed", "pack again")
        }
        try file.write(TarArchive.filling(blob.size))
      }
      try file.write(TarArchive.end)
      try file.flush()
      guard rename(temporary, path) == 0 else { throw StoreFault(path, errno: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    return signature != nil
  }

  private func add(_ name: String, _ bytes: [UInt8], to file: OpenFile) throws(StoreFault) {
    try file.write(TarArchive.header(name, size: bytes.count))
    try file.write(bytes)
    try file.write(TarArchive.filling(bytes.count))
  }

  /// Replaces a file of the folder as a whole.
  private func replace(_ name: String, _ bytes: [UInt8]) throws(StoreFault) {
    let temporary = ".\(name).new-\(getpid())"
    let descriptor = chost_open_at(folder.descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL, 0o644)
    guard descriptor >= 0 else { throw StoreFault("\(folder.path)/\(temporary)", errno: -descriptor) }
    let file = OpenFile(descriptor, "\(folder.path)/\(temporary)")
    do throws(StoreFault) {
      try file.write(bytes)
      try file.flush()
      guard renameat(folder.descriptor, temporary, folder.descriptor, name) == 0 else {
        throw StoreFault("\(folder.path)/\(name)", errno: errno)
      }
    } catch {
      unlinkat(folder.descriptor, temporary, 0)
      throw error
    }
  }
}
