import CHost
import CPatchbay
import Catalog
import Glibc
import JSONTree
import Records
import Synchronization

/// A loaded library. It stays loaded as long as the process: Swift and other runtimes do not survive being unloaded.
public struct LoadedLibrary: Sendable {
  public let file: String
  public let sha256: String
  public let bytes: Int
  /// By the id in their descriptors; none of one that runs in workers.
  public let connectors: [String: PeerConnector]
  public let descriptors: [JSONValue]
  /// Where it runs in workers: what they load; `nil` where it is linked into this process.
  var image: LibraryImage?

  /// The words of a list in a connector's descriptor, such as `verbs`; `nil` where it states none.
  public func words(_ field: String, of connector: String) -> Set<String>? {
    let descriptor = descriptors.first { $0["id"]?.string == connector }
    return descriptor?[field]?.array.map { Set($0.compactMap(\.string)) }
  }
}

/// Loads connector libraries. The order is the safety: the manifest is read first by the caller, and its revision and
/// extensions are looked at; the file is read once; hash, format, processor and exported symbol are checked on those
/// bytes; a sealed copy of them is what the linker gets; and the descriptors must then say what the manifest says,
/// before any instance is made. Until the linker gets it, nothing of the library can run.
public enum LibraryLoader {
  /// Extensions of the contract that this host has.
  public static let extensions: Set<String> = ["patchbay.perp/1", "patchbay.amm/1"]
  public static let maximumBytes = Catalog.maximumLibraryBytes
  /// The contract's revision that this host has.
  public static let revision = Int(PB_ABI_REVISION)

  public static var platform: String { Platform.current }

  /// Loads a library for the manifests that name it. Each call loads it anew, from what the file holds then.
  /// - Parameters:
  ///   - trusted: the SHA-256 that the operator trusts; nil = any.
  ///   - judged: the SHA-256 of the file when it was judged who vouches for it; nil = it was not.
  ///   - patience: how long it may take to load, in milliseconds.
  public static func load(
    file: String, manifests: [Manifest], trusted: String? = nil, judged: String? = nil, patience: Int32 = 10_000
  ) throws(LoadFault) -> LoadedLibrary {
    let image = try image(file: file, manifests: manifests, trusted: trusted, judged: judged)
    let table = try linked(image, patience)
    let texts = table.map { connector in
      let start = UnsafeRawPointer(connector.descriptor).assumingMemoryBound(to: UInt8.self)
      return Array(UnsafeBufferPointer(start: start, count: strlen(connector.descriptor)))
    }
    let descriptors = try describe(texts, manifests, file)
    var connectors: [String: PeerConnector] = [:]
    for (descriptor, connector) in zip(descriptors, table) { connectors[descriptor["id"]?.string ?? ""] = connector }
    return LoadedLibrary(
      file: file, sha256: image.sha256, bytes: image.count, connectors: connectors, descriptors: descriptors)
  }

  /// Reads a library and checks what can be checked without running it: steps 2 to 4 of docs/loading.md. What comes is
  /// a copy that nobody can change.
  static func image(
    file: String, manifests: [Manifest], trusted: String? = nil, judged: String? = nil
  ) throws(LoadFault) -> LibraryImage {
    for manifest in manifests { try check(manifest, file) }
    let bytes = try read(file)
    let sha256 = SHA256Hex.of(bytes)
    if let judged, judged != sha256 { throw .changed(file: file, judged: judged, found: sha256) }
    if let trusted, trusted != sha256 { throw .notTrusted(file: file, trusted: trusted, found: sha256) }
    for manifest in manifests {
      guard let expected = manifest.sha256(platform: platform), expected != sha256 else { continue }
      throw .hashMismatch(file: file, expected: expected, found: sha256)
    }
    try checkForm(bytes, file)
    let descriptor = chost_sealed_memory("patchbay-connector", bytes, bytes.count)
    guard descriptor >= 0 else {
      throw .notLoadable(file: file, reason: "no memory file: " + String(cString: strerror(-descriptor)))
    }
    return LibraryImage(file: file, sha256: sha256, count: bytes.count, descriptor: descriptor)
  }

  /// Reads descriptors, which must say what the manifests say.
  static func describe(
    _ texts: [[UInt8]], _ manifests: [Manifest], _ file: String
  ) throws(LoadFault) -> [JSONValue] {
    var descriptors: [JSONValue] = []
    for text in texts {
      let descriptor: JSONValue
      do throws(JSONError) {
        descriptor = try JSONDocument.parse(bytes: text, file: "descriptor")
      } catch {
        throw .badDescriptor(file: file, error)
      }
      for name in descriptor["extensions"]?.array ?? [] {
        guard let name = name.string, !extensions.contains(name) else { continue }
        throw .unknownExtension(file: file, connector: descriptor["id"]?.string ?? "", name: name)
      }
      descriptors.append(descriptor)
    }
    let differences = Manifest.differences(of: manifests, from: descriptors)
    if !differences.isEmpty { throw .descriptorDiffers(file: file, differences) }
    return descriptors
  }

  /// What a manifest alone says against loading.
  private static func check(_ manifest: Manifest, _ file: String) throws(LoadFault) {
    guard manifest.abiRevision == revision else {
      throw .otherRevision(file: file, manifest: manifest.file, revision: manifest.abiRevision)
    }
    for name in manifest.extensions where !extensions.contains(name) {
      throw .unknownExtension(file: file, connector: manifest.id, name: name)
    }
  }

  /// The SHA-256 of a library file, for a manifest.
  public static func sha256(file: String) throws(LoadFault) -> String { SHA256Hex.of(try read(file)) }

  /// The names in a library's dynamic symbol table, of a file that has the form of a connector but for its entry.
  static func symbols(file: String) throws(LoadFault) -> (exports: [String], imports: [String]) {
    try elf(try read(file), file).symbols
  }

  /// Reads the file once and checks what can be checked without running it.
  private static func read(_ file: String) throws(LoadFault) -> [UInt8] {
    var count = 0
    var error: Int32 = 0
    guard let memory = chost_read(file, maximumBytes, &count, &error) else {
      let odd = "not a regular file, or larger than \(maximumBytes) bytes"
      throw .unreadable(file: file, reason: error == 0 ? odd : String(cString: strerror(error)))
    }
    defer { free(memory) }
    return Array(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// The tables of a linked library; `nil` without the function that gives them.
  static func table(of library: UnsafeMutableRawPointer) throws(PeerFault) -> [PeerConnector]? {
    guard let symbol = chost_function(library, "patchbay_entry") else { return nil }
    return try readPeerTable(unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<pb_entry>?).self)())
  }

  private static func checkForm(_ bytes: [UInt8], _ file: String) throws(LoadFault) {
    guard try elf(bytes, file).exports("patchbay_entry") else { throw .missingSymbol(file: file) }
  }

  private static func elf(_ bytes: [UInt8], _ file: String) throws(LoadFault) -> ElfImage {
    do throws(ElfImage.Fault) {
      return try ElfImage(bytes)
    } catch {
      switch error {
      case .notALibrary: throw .notALibrary(file: file)
      case .truncated: throw .truncated(file: file)
      case .otherMachine(let machine): throw .wrongArchitecture(file: file, machine: machine)
      }
    }
  }

  /// The same bytes are tried and linked once in a process: what is linked stays in memory for ever.
  private static func linked(_ image: LibraryImage, _ patience: Int32) throws(LoadFault) -> [PeerConnector] {
    if let known = tables.withLock({ $0[image.sha256] }) { return known }
    let table = try link(image, patience)
    tables.withLock { $0[image.sha256] = table }
    return table
  }

  /// Of the libraries that are linked, by their SHA-256.
  private static let tables = Mutex<[String: [PeerConnector]]>([:])

  private static func link(_ image: LibraryImage, _ patience: Int32) throws(LoadFault) -> [PeerConnector] {
    let file = image.file
    try LibraryTrial.pass(image.descriptor, file, patience)
    var message: UnsafePointer<CChar>?
    guard let library = chost_load(image.descriptor, &message) else {
      throw .notLoadable(file: file, reason: message.map(reason) ?? "unknown reason")
    }
    // The descriptor stays open: the linker knows a library by the path it was loaded from, here /proc/self/fd/N, and
    // would take the next file behind the same number for this one.
    image.keepOpen()
    let table: [PeerConnector]?
    do throws(PeerFault) { table = try Self.table(of: library) } catch { throw .badTable(file: file, error) }
    guard let table else { throw .missingSymbol(file: file) }
    return table
  }

  /// The linker's words without the path of the copy, which means nothing to anybody.
  static func reason(_ message: UnsafePointer<CChar>) -> String {
    let text = String(cString: message)
    guard text.hasPrefix("/proc/self/fd/"), let end = text.firstIndex(of: " ") else { return text }
    return String(text[text.index(after: end)...])
  }
}
