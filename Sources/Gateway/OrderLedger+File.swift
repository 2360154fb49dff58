import CNet
import Catalog
import Glibc

extension OrderLedger {
  /// What is wrong with a file, for people. Changes nothing.
  static func damage(of file: String, isExpected: Bool) throws(GatewayFault) -> [LedgerDamage] {
    if isMissing(file) { return isExpected ? [LedgerDamage(file: file, line: 0, id: nil)] : [] }
    let bytes = try read(file)
    let isCut = bytes.last != 0x0a
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, line in
      guard !line.isEmpty, LedgerRecord(line) == nil else { return nil }
      let isLast = isCut && index == lines.count - 1
      return LedgerDamage(file: file, line: index + 1, id: isLast ? LedgerRecord.readableID(line) : nil)
    }
  }

  static func isMissing(_ file: String) -> Bool { access(file, F_OK) != 0 && errno == ENOENT }

  static func read(_ file: String) throws(GatewayFault) -> [UInt8] {
    let opened = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if opened < 0, errno == ENOENT { return [] }
    guard opened >= 0 else { throw .file(file, String(cString: strerror(errno))) }
    defer { cnet_close(opened) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(opened, &part, part.count)
      guard count >= 0 else { throw .file(file, String(cString: strerror(errno))) }
      if count == 0 { return bytes }
      bytes += part[..<count]
      guard bytes.count <= longestFile else { throw .file(file, "is larger than \(longestFile) bytes; move it away") }
    }
  }

  /// Puts the names of a folder's files on disk: a file that was renamed would else be the older one again.
  static func syncFolder(of file: String) -> Bool {
    let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    let opened = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { return false }
    defer { cnet_close(opened) }
    return fsync(opened) == 0
  }
}
