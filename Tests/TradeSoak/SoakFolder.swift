import Glibc

/// Where a run keeps its journal.
struct SoakFolder {
  let path: String
  private let isOurs: Bool

  /// - Parameter path: used as it is and left there; `nil` = a new one.
  init(_ path: String?) throws {
    if let path {
      (self.path, isOurs) = (path, false)
      mkdir(path, 0o700)
      return
    }
    var template = Array("/tmp/patchbay-soak-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SoakHost.Failure("/tmp: \(String(cString: strerror(errno)))") }
    self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    isOurs = true
  }

  /// Removes it with the files in it, unless it was given.
  func remove() {
    guard isOurs, let folder = opendir(path) else { return }
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
