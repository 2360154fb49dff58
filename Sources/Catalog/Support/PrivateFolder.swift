import Glibc

/// A folder that holds what is one user's alone: keys, nonces, the journal, the control socket. Whoever can write to it
/// could put files of their own in the place of ours.
public enum PrivateFolder {
  /// Why a folder cannot be trusted, with the remedy; `nil` when it can, or is not there. A link is judged as well as
  /// the folder that it leads to.
  public static func fault(_ path: String) -> String? {
    var link = stat()
    guard lstat(path, &link) == 0 else { return nil }
    var target = stat()
    guard stat(path, &target) == 0 else { return nil }
    guard target.st_mode & S_IFMT == S_IFDIR else {
      return "is a file, not a folder: move it away, or name another place"
    }
    for status in [link, target] where status.st_uid != geteuid() && !(isLink(status) && status.st_uid == 0) {
      return "belongs to the user \(status.st_uid), not to the one who runs this (\(geteuid()))"
    }
    guard target.st_mode & 0o022 == 0 else {
      let mode = String(target.st_mode & 0o7777, radix: 8)
      return "others can write to it (mode \(mode)): chmod 700 it, and look at what lies in it"
    }
    return nil
  }

  private static func isLink(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFLNK }
}
