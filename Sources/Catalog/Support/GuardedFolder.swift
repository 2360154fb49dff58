import Glibc

/// A folder from which code is run. It may be this user's or the system's; nobody else may be able to put something
/// into it.
public enum GuardedFolder {
  /// Why a folder cannot be trusted, and what to do; `nil` when it can, or is not there. A link is judged as well as
  /// what it leads to.
  public static func fault(_ path: String) -> (what: String, remedy: String)? {
    var link = stat()
    var target = stat()
    guard lstat(path, &link) == 0, stat(path, &target) == 0 else { return nil }
    for status in [link, target] where status.st_uid != geteuid() && status.st_uid != 0 {
      return (
        "belongs to the user \(status.st_uid), who is neither the one that runs this (\(geteuid())) nor root",
        "Look at what lies in it, and chown it"
      )
    }
    return writers(target)
  }

  /// Why an open folder cannot be trusted.
  public static func fault(descriptor: Int32) -> (what: String, remedy: String)? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return ("cannot be looked at", "") }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      return ("belongs to the user \(status.st_uid)", "Look at what lies in it, and chown it")
    }
    return writers(status)
  }

  private static func writers(_ status: stat) -> (what: String, remedy: String)? {
    let isOpen = status.st_mode & 0o002 != 0 || status.st_mode & 0o020 != 0 && !isPrivate(group: status.st_gid)
    guard isOpen else { return nil }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    return ("others can write to it (mode \(mode))", "Look at what lies in it, and chmod go-w it")
  }

  /// Whether a group is that of this user alone, as many systems make one for each: named as the user, without others.
  private static func isPrivate(group: gid_t) -> Bool {
    guard let user = getpwuid(geteuid()), user.pointee.pw_gid == group, let name = user.pointee.pw_name,
      let entry = getgrgid(group), strcmp(entry.pointee.gr_name, name) == 0
    else { return false }
    return entry.pointee.gr_mem?.pointee == nil
  }
}
