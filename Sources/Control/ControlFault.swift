/// Why the control socket cannot be served or used.
public enum ControlFault: Error, Equatable, CustomStringConvertible {
  /// The data folder cannot be made or used.
  case folder(String, reason: String)
  /// Another host runs on this data folder; its process where it is known.
  case taken(folder: String, process: Int?)
  /// A socket call failed.
  case socket(String, reason: String)
  /// Something stands where the socket or the lock should, and cannot be taken away.
  case inTheWay(String, reason: String)
  /// No host runs on this data folder.
  case noHost(folder: String)
  /// Another user's process serves the socket.
  case foreign(folder: String, user: Int64)
  /// The other side speaks another version of the protocol.
  case version(found: Int)
  /// The other side sent what is no message, or closed.
  case broken(String)

  public var description: String {
    switch self {
    case .folder(let folder, let reason): "\(folder): \(reason); name another data_folder in the configuration"
    case .taken(let folder, let process):
      "\(folder): another host\(process.map { " (process \($0))" } ?? "") runs on this data folder; end it with "
        + "patchbay stop, or name another data_folder"
    case .socket(let file, let reason): "\(file): \(reason)"
    case .inTheWay(let file, let reason):
      "\(file): the host's own file has to stand here, and what is there cannot be removed (\(reason)); move it away, "
        + "or name another data_folder in the configuration"
    case .noHost(let folder):
      "no host runs on \(folder); start one with patchbay run, or name its configuration with --config"
    case .foreign(let folder, let user):
      "\(folder): what answers there runs as the user \(user), not as you, and is not spoken to; use this command as "
        + "that user, or look who put it there"
    case .version(let found):
      "the running host speaks version \(found) of the control protocol, this program version "
        + "\(ControlProtocol.version); use the program that runs"
    case .broken(let reason): "the connection to the host broke: \(reason)"
    }
  }
}

/// What both sides agree on; docs/control.md says it in full.
public enum ControlProtocol {
  public static let version = 1
  /// The socket in the data folder.
  public static let socketName = "run.sock"
  /// Locked by the host that runs on a data folder, for as long as it does.
  public static let lockName = "run.lock"
}

/// The server's bounds.
public struct ControlLimits: Sendable {
  /// Clients at a time. When there are as many, the next one takes the place of the one that has been idle longest.
  public var clients = 32
  /// More of them when none is idle, for requests that cannot wait: `ControlVerb.isUrgent`.
  public var reserved = 8
  /// A client without an open request that sends nothing for so many nanoseconds is cut off.
  public var idle: Int64 = 300_000_000_000
  /// Bytes of one request line.
  public var line = 64 << 10
  /// Requests of one client that are not answered; more are not read until then.
  public var openRequests = 16
  /// A watch is skipped while so many bytes wait for its client.
  public var watchBacklog = 64 << 10
  /// A client for which more bytes wait is cut off.
  public var backlog = 16 << 20

  public init() {}
}
