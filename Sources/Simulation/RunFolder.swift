import Glibc

/// A new folder for what a run writes: nonces, a journal. It holds files alone.
public struct RunFolder {
  public let path: String

  /// The system gave none.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter name: what the folder in `/tmp` is called, before a part of its own.
  public init(name: String) throws(Failure) {
    var template = Array("/tmp/\(name)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(description: "/tmp: \(String(cString: strerror(errno)))") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes the files in it, and it.
  public func remove() {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}
