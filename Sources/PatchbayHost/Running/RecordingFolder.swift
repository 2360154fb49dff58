import Catalog

#if canImport(Glibc)
  import Glibc
#endif

/// Where recordings go.
package enum RecordingFolder {
  /// Why the nearest folder above, or the folder itself, does not let recordings be made; `nil` = it does. Changes
  /// nothing.
  package static func fault(_ folder: String) -> String? {
    var path = folder
    while access(path, F_OK) != 0, let slash = path.lastIndex(of: "/") {
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
    if access(path, F_OK) != 0 { path = "." }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR { return "\(path) is a file, not a folder" }
    return access(path, W_OK | X_OK) == 0 ? nil : "\(path): \(String(cString: strerror(errno)))"
  }

  /// Makes the folder and those above it that are missing, for the owner alone. Gives why it cannot be used.
  package static func make(_ folder: String) -> String? {
    var path = folder.hasPrefix("/") ? "/" : ""
    for part in folder.split(separator: "/") {
      path += part + "/"
      if mkdir(path, 0o700) != 0, errno != EEXIST, errno != EISDIR {
        return "\(path): \(String(cString: strerror(errno))); name another recording.folder in the configuration"
      }
    }
    guard access(folder, W_OK) == 0 else {
      return "\(folder): \(String(cString: strerror(errno))); name another recording.folder in the configuration"
    }
    return nil
  }

  /// A row of files of one instance.
  private struct Row {
    var files: [String] = []
    var bytes: Int64 = 0
    /// When something was last written to it, in nanoseconds since 1970.
    var time = Int64.min
  }

  /// Takes rows of recordings away, each with all its files, so that what is left can be replayed: those that ended
  /// longer ago than is kept, then the oldest beyond the size that is kept. Other files are left alone.
  /// - Parameters:
  ///   - inUse: files that are being written; their rows stay.
  ///   - wall: nanoseconds since 1970.
  ///   - claim: this host's on the folder; while others have one as well, nothing is taken away.
  /// - Returns: what was taken away, for people.
  package static func prune(
    _ folder: String, _ keeps: Config.Recording, inUse: Set<String>, wall: Int64, claim: FolderClaim? = nil
  ) -> [String] {
    guard keeps.keepDays != nil || keeps.keepMegabytes != nil else { return [] }
    if claim?.hasOthers == true {
      return ["another host records to \(folder) as well, so nothing is taken away; give each a folder of its own"]
    }
    let used = Set(inUse.compactMap { stem($0.split(separator: "/").last.map(String.init) ?? "") })
    let all = rows(folder)
    var left = all.filter { !used.contains($0.key) }.sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }
    var total = all.values.reduce(Int64(0)) { $0 + $1.bytes }
    var words: [String] = []
    func take(_ why: String, while isTooMuch: (Row) -> Bool) {
      while let (name, row) = left.first, isTooMuch(row) {
        left.removeFirst()
        for file in row.files { unlink("\(folder)/\(file)") }
        total -= row.bytes
        let size = "\(row.files.count) files, \(row.bytes >> 10) KiB"
        words.append("the recording \(name) was taken away, \(size): \(why)")
      }
    }
    if let days = keeps.keepDays {
      let before = wall - Int64(days) * 24 * 3600 * 1_000_000_000
      take("it ended more than \(days) days ago") { $0.time < before }
    }
    if let most = keeps.keepMegabytes {
      take("the recordings are larger than \(most) MiB") { _ in total > Int64(most) << 20 }
    }
    return words
  }

  private static func rows(_ folder: String) -> [String: Row] {
    var rows: [String: Row] = [:]
    guard let opened = opendir(folder) else { return rows }
    defer { closedir(opened) }
    while let entry = readdir(opened) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var status = stat()
      guard let stem = stem(name), lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        continue
      }
      var row = rows[stem] ?? Row()
      row.files.append(name)
      row.bytes += Int64(status.st_size)
      row.time = max(row.time, Int64(status.st_mtim.tv_sec) * 1_000_000_000)
      rows[stem] = row
    }
    return rows
  }

  /// What the names of a row's files have in common: `STEM.1.pbrec`; `nil` for other files.
  private static func stem(_ name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts.last == "pbrec", let number = parts.dropLast().last, UInt32(number) != nil else {
      return nil
    }
    return parts.dropLast(2).joined(separator: ".")
  }
}
