import CHost
import Glibc

/// The trial of a library before it is loaded. The linker believes what a library says of itself, and its constructors
/// run: wild offsets, relocations or constructors end a process, and so do destructors at the end of one. So a process
/// of its own, which has nothing to lose, does it first, up to the reading of the tables, and lets go of it.
///
/// It is `patchbay` once more, and no copy of this process: a copy has one thread, and the locks that the others held.
public enum LibraryTrial {
  private static let flag = "--try-library"

  /// Does the trial and ends the process, where the arguments ask for one. To be called first thing in `patchbay`.
  public static func runIfAsked(_ arguments: [String]) {
    guard arguments.count == 4, arguments[1] == flag, let parent = Int32(arguments[2]),
      let seconds = Int32(arguments[3])
    else { return }
    guard chost_become_trial(parent, seconds) == 0 else { exit(1) }
    let library = chost_load_trial()
    if let library, let table = try? LibraryLoader.table(of: library) {
      for connector in table { _ = strlen(connector.descriptor) }
    }
    chost_end_trial(library)
  }

  /// Tries the library behind a descriptor; `patience` in milliseconds.
  static func pass(_ descriptor: Int32, _ file: String, _ patience: Int32) throws(LoadFault) {
    let program = try program(for: file)
    let status = chost_try(program, flag, descriptor, patience)
    switch status {
    case 0: return
    case 1..<256: throw .ruinous(file: file, how: "crashed (\(String(cString: strsignal(status))))")
    case 256...: throw .ruinous(file: file, how: "ended the process (exit code \(status - 256))")
    case -ETIMEDOUT: throw .ruinous(file: file, how: "did not come back within \(patience) ms")
    default:
      let reason = String(cString: strerror(-status))
      throw .notLoadable(file: file, reason: "\(program) cannot be started to try it: \(reason)")
    }
  }

  /// This program where it is `patchbay`, also once its file has been replaced; else the one beside it.
  static func program(for file: String) throws(LoadFault) -> String {
    let own = "/proc/self/exe"
    var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(own, &path, path.count - 1)
    guard count > 0 else {
      throw .notLoadable(file: file, reason: "\(own) cannot be read: \(String(cString: strerror(errno)))")
    }
    let parts = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(separator: "/", omittingEmptySubsequences: false)
    if parts.last == "patchbay" || parts.last == "patchbay (deleted)" { return own }
    return parts.dropLast().joined(separator: "/") + "/patchbay"
  }
}
