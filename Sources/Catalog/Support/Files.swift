import Foundation
import Glibc
import JSONTree

extension JSONDocument {
  /// As `parse`, with the mistake as a problem.
  static func tree(
    bytes: [UInt8], file: String, options: JSONOptions = .strict
  ) throws(Problems) -> JSONValue {
    do {
      return try parse(bytes: bytes, file: file, options: options)
    } catch {
      throw Problems([Problem(error)])
    }
  }
}

/// The only place of this module that touches the file system.
enum Files {
  /// The whole file, or the problem that says why not. Refuses files beyond the limit before reading them.
  static func read(_ path: String, maximumBytes: Int) throws(Problems) -> [UInt8] {
    func problem(_ message: String, _ remedy: String = "") -> Problems {
      Problems([Problem(.unreadable, file: path, message: message, remedy: remedy)])
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw problem("there is no such file", "Check the path")
    }
    guard !isFolder.boolValue else { throw problem("this is a folder, not a file") }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    if let size = attributes?[.size] as? Int, size > maximumBytes {
      throw problem("the file is longer than \(maximumBytes) bytes")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw problem("the file cannot be read", "Check its permissions")
    }
    return Array(data)
  }

  /// The whole of a regular file that may lie where others can write: it is opened once, without waiting for what is no
  /// file, and judged through its descriptor.
  static func regular(_ path: String, maximumBytes: Int) throws(Problems) -> [UInt8] {
    let file = try open(path, maximumBytes: maximumBytes)
    defer { close(file.descriptor) }
    var bytes = [UInt8](repeating: 0, count: file.size)
    var done = 0
    while done < file.size {
      let got = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(file.descriptor, buffer.baseAddress?.advanced(by: done), file.size - done)
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw problem(path, "the file cannot be read whole", "See that nobody writes to it") }
      done += got
    }
    return bytes
  }

  /// The SHA-256 of a regular file; `nil` where it cannot be read, or is longer than the limit.
  static func sha256(_ path: String, maximumBytes: Int) -> String? {
    guard let file = try? open(path, maximumBytes: maximumBytes) else { return nil }
    defer { close(file.descriptor) }
    return SHA256Hex.of(count: file.size, read: { buffer in
      while true {
        let got = Glibc.read(file.descriptor, buffer.baseAddress, buffer.count)
        if got >= 0 || errno != EINTR { return got }
      }
    })
  }

  private static func open(_ path: String, maximumBytes: Int) throws(Problems) -> (descriptor: Int32, size: Int) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw problem(path, errno == ENOENT ? "there is no such file" : String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw problem(path, "this is no regular file")
    }
    guard status.st_size <= maximumBytes else {
      close(descriptor)
      throw problem(path, "the file is longer than \(maximumBytes) bytes")
    }
    return (descriptor, status.st_size)
  }

  private static func problem(_ path: String, _ message: String, _ remedy: String = "") -> Problems {
    Problems([Problem(.unreadable, file: path, message: message, remedy: remedy)])
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  static func isReadable(_ path: String) -> Bool { FileManager.default.isReadableFile(atPath: path) }

  /// The names in a folder, sorted; none when there is no such folder.
  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// `path` as seen from `folder`, unless it is absolute.
  static func resolve(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
  }

  /// The folder of a file; empty for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
