#if canImport(Glibc)
  import Glibc
#endif

/// Where recordings go.
package enum RecordingFolder {
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
}
