import Catalog
import Glibc

/// A connector that is to be looked at or installed: a package, or a folder with its files. It is opened once; what is
/// read afterwards is read through these descriptors, and nothing of it is run.
public struct PluginSource {
  public static let manifestName = "manifest.json"
  public static let signatureName = "manifest.json.minisig"

  public let path: String
  public let manifestBytes: [UInt8]
  public let manifest: Manifest
  /// The content of `manifest.json.minisig`; nil = there is none.
  public let signature: [UInt8]?
  let libraries: [Platform: Blob]

  /// The platforms that it has a library for.
  public var platforms: [Platform] { Platform.allCases.filter { libraries[$0] != nil } }

  /// Opens a package's file or a folder.
  public init(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw StoreFault(path, errno: errno) }
    let file = OpenFile(descriptor, path)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StoreFault(path, errno: errno) }
    if status.st_mode & S_IFMT == S_IFDIR { try self.init(folder: file) } else { try self.init(package: file) }
  }

  private init(package file: OpenFile) throws {
    var entries = try TarArchive.read(file)
    func take(_ name: String, atMost limit: Int) throws(StoreFault) -> [UInt8]? {
      guard let blob = entries.removeValue(forKey: name) else { return nil }
      guard blob.size <= limit else {
        throw StoreFault(.tooLarge, file.path, "\(name) has \(blob.size) bytes; at most \(limit) are taken")
      }
      return try file.bytes(at: blob.offset, count: blob.size)
    }
    guard let bytes = try take(Self.manifestName, atMost: StoreLimits.manifestBytes) else {
      throw StoreFault(.notAPackage, file.path, "it has no \(Self.manifestName)")
    }
    let signature = try take(Self.signatureName, atMost: StoreLimits.signatureBytes)
    let manifest = try Manifest.parse(bytes: bytes, file: "\(file.path): \(Self.manifestName)")
    var libraries: [Platform: Blob] = [:]
    for platform in Platform.allCases {
      libraries[platform] = entries.removeValue(forKey: "\(platform.rawValue)/\(manifest.library)")
    }
    if let stranger = entries.keys.sorted().first {
      throw StoreFault(.unsafe, file.path, "\"\(stranger)\" belongs into no package of \(manifest.id)")
    }
    try self.init(file.path, bytes, manifest, signature, libraries)
  }

  init(folder: OpenFile) throws {
    func take(_ name: String, atMost limit: Int) throws(StoreFault) -> [UInt8]? {
      guard let file = try folder.find(name) else { return nil }
      return try file.bytes(at: 0, count: file.size(atMost: limit))
    }
    guard let bytes = try take(Self.manifestName, atMost: StoreLimits.manifestBytes) else {
      throw StoreFault(.notAPackage, folder.path, "it has no \(Self.manifestName)")
    }
    let signature = try take(Self.signatureName, atMost: StoreLimits.signatureBytes)
    let manifest = try Manifest.parse(bytes: bytes, file: "\(folder.path)/\(Self.manifestName)")
    var libraries: [Platform: Blob] = [:]
    if let file = try folder.find(manifest.library) {
      let blob = Blob(file: file, offset: 0, size: try file.size(atMost: StoreLimits.libraryBytes))
      if let platform = try Platform(elf: blob.head()) { libraries[platform] = blob }
    }
    for platform in Platform.allCases {
      guard let own = try folder.find(platform.rawValue, O_RDONLY | O_DIRECTORY),
        let file = try own.find(manifest.library)
      else { continue }
      guard libraries[platform] == nil else {
        throw StoreFault(.notAPackage, folder.path, "it has two libraries for \(platform.rawValue)")
      }
      libraries[platform] = Blob(file: file, offset: 0, size: try file.size(atMost: StoreLimits.libraryBytes))
    }
    try self.init(folder.path, bytes, manifest, signature, libraries)
  }

  private init(
    _ path: String, _ bytes: [UInt8], _ manifest: Manifest, _ signature: [UInt8]?, _ libraries: [Platform: Blob]
  ) throws(StoreFault) {
    for (platform, blob) in libraries {
      guard blob.size <= StoreLimits.libraryBytes else {
        throw StoreFault(.tooLarge, path, "\(manifest.library) for \(platform.rawValue) has \(blob.size) bytes")
      }
      guard try Platform(elf: blob.head()) == platform else {
        throw StoreFault(.unfit, path, "\(manifest.library) for \(platform.rawValue) is no library for that")
      }
    }
    (self.path, manifestBytes, self.manifest) = (path, bytes, manifest)
    (self.signature, self.libraries) = (signature, libraries)
  }

  /// The hash of the library for a platform; nil = there is none.
  public func sha256(_ platform: Platform) throws(StoreFault) -> String? {
    guard let blob = libraries[platform] else { return nil }
    return try blob.sha256()
  }

  /// Judges it as it would be judged in the plugin folder; of the other platform's library, whether it is the one that
  /// the manifest names.
  public func judge(by rules: TrustRules) throws(StoreFault) -> TrustFinding {
    var own: String?
    for platform in platforms {
      let hash = try sha256(platform)
      if platform.rawValue == Platform.current {
        own = hash
        continue
      }
      guard let named = manifest.sha256(platform: platform.rawValue), let hash, named != hash else { continue }
      return TrustFinding(
        .modified, "its library for \(platform.rawValue) has the SHA-256 \(hash), and its manifest names \(named)")
    }
    return TrustJudge.judge(
      TrustEvidence(
        id: manifest.id, version: manifest.version, manifest: manifestBytes,
        signature: signature.map { .file($0) } ?? .none, named: manifest.sha256(platform: Platform.current),
        library: own), by: rules)
  }
}
