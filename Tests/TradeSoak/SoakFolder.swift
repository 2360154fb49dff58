import Glibc
import Simulation

/// Where a run keeps its journal.
struct SoakFolder {
  let path: String
  /// `nil` when the folder was given: then it is left there.
  private let own: RunFolder?

  /// - Parameter path: used as it is and left there; `nil` = a new one.
  init(_ path: String?) throws {
    own = path == nil ? try RunFolder(name: "patchbay-soak") : nil
    self.path = path ?? own?.path ?? ""
    if let path { mkdir(path, 0o700) }
  }

  /// Removes it with the files in it, unless it was given.
  func remove() { own?.remove() }
}
