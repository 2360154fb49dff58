import JSONTree
import PrintableText

/// One thing that is wrong in a file that people write: where, in which field, what, and what to do about it.
public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
  /// What sort of mistake it is.
  public enum Kind: Sendable {
    /// The file cannot be read.
    case unreadable
    /// The text is not JSON.
    case syntax
    /// A required field is missing.
    case missing
    /// A key that this object does not have.
    case unknownKey
    /// A value of another type.
    case type
    /// A value that the field does not allow.
    case value
    /// Two places that contradict each other.
    case conflict
    /// A name that the registry or another part of the file does not know.
    case unknownName
    /// Something that exists but that no installed connector offers.
    case unavailable
    /// An environment variable that is not set, or a malformed stand-in for one.
    case environment
    /// A field that looks like a secret.
    case secret
    /// An exchange that has closed, or is about to.
    case closed
    /// Nobody whose word counts vouches for it.
    case untrusted
  }

  public var kind: Kind
  public var file: String
  /// Where the field stands; nil when the whole file is meant.
  public var position: JSONPosition?
  /// The field's path from the top, such as `connectors.binance.permit.trading`; empty for the whole file.
  public var field: String
  /// What is wrong.
  public var message: String
  /// What to do; empty when the message says it.
  public var remedy: String
  /// A warning does not stop anything.
  public var isWarning: Bool

  public init(
    _ kind: Kind, file: String, position: JSONPosition? = nil, field: String = "", message: String, remedy: String = "",
    isWarning: Bool = false
  ) {
    self.kind = kind
    self.file = file
    self.position = position
    self.field = field
    self.message = message
    self.remedy = remedy
    self.isWarning = isWarning
  }

  public init(_ error: JSONError) {
    self.init(.syntax, file: error.file, position: error.position, message: error.message)
  }

  /// `file:line:column: field: message. Remedy.`, on one line.
  public var description: String {
    var text = file
    if let position, position != .none { text += ":\(position.line):\(position.column)" }
    if isWarning { text += ": warning" }
    if !field.isEmpty { text += ": \(field)" }
    text += ": \(message)"
    return (remedy.isEmpty ? text : text + ". \(remedy)").printable
  }
}

/// Everything that is wrong in a file, in the order it stands there; at least one problem.
public struct Problems: Error, Equatable, Sendable, CustomStringConvertible {
  public var all: [Problem]

  public init(_ all: [Problem]) { self.all = all }

  /// One problem per line.
  public var description: String { all.map(\.description).joined(separator: "\n") }
}
