import Foundation
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
      throw problem("there is no such file")
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
