import CHost
import Catalog
import Glibc

/// An open file or folder; closed with the object.
final class OpenFile {
  let descriptor: Int32
  /// For messages.
  let path: String

  init(_ descriptor: Int32, _ path: String) { (self.descriptor, self.path) = (descriptor, path) }

  deinit { close(descriptor) }

  /// A folder by its path.
  static func folder(_ path: String) throws(StoreFault) -> OpenFile {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreFault(path, errno: errno) }
    return OpenFile(descriptor, path)
  }

  /// A name in this folder; links are not followed. `nil` = there is none.
  func find(_ name: String, _ flags: Int32 = O_RDONLY) throws(StoreFault) -> OpenFile? {
    let opened = chost_open_at(descriptor, name, flags, 0)
    switch -opened {
    case ENOENT: return nil
    case ELOOP: throw StoreFault(.unsafe, "\(path)/\(name)", "it is a link", "put the file itself there")
    case ENOTDIR: throw StoreFault(.unsafe, "\(path)/\(name)", "it is no folder, or a link to one")
    case 1...: throw StoreFault("\(path)/\(name)", errno: -opened)
    default: return OpenFile(opened, "\(path)/\(name)")
    }
  }

  /// The size of what must be a regular file.
  func size(atMost limit: Int) throws(StoreFault) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StoreFault(path, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw StoreFault(.unsafe, path, "it is no regular file") }
    guard status.st_size <= limit else {
      throw StoreFault(.tooLarge, path, "it has \(status.st_size) bytes; at most \(limit) are taken")
    }
    return status.st_size
  }

  /// What stands at a place, whole.
  func bytes(at offset: Int, count: Int) throws(StoreFault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw StoreFault(.notAPackage, path, "it is cut short") }
      done += got
    }
    return bytes
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      rest = rest.dropFirst(written)
    }
    return true
  }

  func write(_ bytes: [UInt8]) throws(StoreFault) {
    guard bytes.withUnsafeBytes({ write($0) }) else { throw StoreFault(path, errno: errno) }
  }

  /// Sees to it that it is on the disk.
  func flush() throws(StoreFault) { guard fsync(descriptor) == 0 else { throw StoreFault(path, errno: errno) } }

  /// The names in this folder, sorted.
  func names() throws(StoreFault) -> [String] {
    // A descriptor of its own, that begins at the beginning.
    let copy = chost_open_at(descriptor, ".", O_RDONLY | O_DIRECTORY, 0)
    guard copy >= 0 else { throw StoreFault(path, errno: -copy) }
    guard let stream = fdopendir(copy) else {
      close(copy)
      throw StoreFault(path, errno: errno)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// A part of an open file: a library inside a package, or one that is a file of its own.
struct Blob {
  var file: OpenFile
  var offset: Int
  var size: Int

  /// Its SHA-256, read in pieces.
  /// - Parameter target: what it is written to on the way; nil = nothing is.
  func sha256(writingTo target: OpenFile? = nil) throws(StoreFault) -> String {
    var place = offset
    let hash = SHA256Hex.of(
      count: size,
      read: { buffer in
        while true {
          let got = pread(file.descriptor, buffer.baseAddress, buffer.count, off_t(place))
          if got < 0, errno == EINTR { continue }
          place += max(0, got)
          return got
        }
      }, each: { piece in target.map { $0.write(piece) } ?? true })
    guard let hash else { throw StoreFault(.unreadable, file.path, "it cannot be read, or written elsewhere, whole") }
    return hash
  }

  /// Its first bytes.
  func head() throws(StoreFault) -> [UInt8] { try file.bytes(at: offset, count: min(size, 64)) }
}
