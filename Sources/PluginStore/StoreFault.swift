import Glibc

/// Why something was not packed, installed, rolled back or removed. Nothing was changed then.
public struct StoreFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// What sort of fault it is.
  public enum Kind: Sendable {
    /// It is not there, or cannot be read or written.
    case unreadable
    /// It is no package, or a damaged one.
    case notAPackage
    /// An entry of a package, or something in a folder, that could lead elsewhere or be something else than a file.
    case unsafe
    /// It is larger than anything that a connector needs.
    case tooLarge
    /// It is for another host or processor.
    case unfit
    /// Nobody vouches for it, what vouches does not hold, or an advisory stops it.
    case untrusted
    /// What is installed is newer.
    case older
    /// Its id, or one of its connectors, is another's.
    case taken
  }

  public var kind: Kind
  public var path: String
  public var message: String
  /// What to do; may be empty.
  public var remedy: String

  init(_ kind: Kind, _ path: String, _ message: String, _ remedy: String = "") {
    (self.kind, self.path, self.message, self.remedy) = (kind, path, message, remedy)
  }

  /// A call that failed with an error number.
  init(_ path: String, errno number: Int32, _ remedy: String = "") {
    self.init(.unreadable, path, String(cString: strerror(number)), remedy)
  }

  public var description: String { "\(path): \(message)" + (remedy.isEmpty ? "" : "; \(remedy)") }
}

/// What a package may at most be.
public enum StoreLimits {
  /// Entries of a package.
  static let entries = 16
  static let manifestBytes = 1 << 20
  static let signatureBytes = 1 << 16
  static let libraryBytes = 256 << 20
  /// Versions of a connector that are kept beside the one that runs.
  public static let oldVersions = 3
}
