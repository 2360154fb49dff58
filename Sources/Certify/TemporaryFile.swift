import Glibc

/// Calls `body` with the name of a new file that is gone afterwards.
func withTemporaryFile<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var name = Array((folder + "/patchbay-certify-XXXXXX").utf8CString)
  let descriptor = mkstemp(&name)
  let file = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  guard descriptor >= 0 else { throw TemporaryFileFault.cannotCreate(folder: folder) }
  close(descriptor)
  defer { unlink(file) }
  return try body(file)
}

enum TemporaryFileFault: Error, CustomStringConvertible {
  /// There is no room, or the folder may not be written to.
  case cannotCreate(folder: String)

  var description: String {
    switch self {
    case .cannotCreate(let folder):
      "\(folder): no temporary file can be made; set TMPDIR to a folder that can be written"
    }
  }
}
