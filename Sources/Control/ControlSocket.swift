import CNet
import Catalog
import Glibc

/// The listening end in a data folder: `run.sock`, for the owner alone, and `run.lock`, which says that it is served. A
/// socket left behind by a host that died is replaced; a host that lives is left alone.
public final class ControlSocket {
  public let folder: String
  let descriptor: Int32
  private let lock: Int32

  /// Makes the folder where it is missing, takes the lock and listens. A folder that others own or can write to is
  /// refused.
  public init(folder: String) throws(ControlFault) {
    self.folder = folder
    if mkdir(folder, 0o700) != 0, errno != EEXIST { throw .folder(folder, reason: Self.reason()) }
    if let fault = PrivateFolder.fault(folder) { throw .folder(folder, reason: fault) }
    let lockFile = "\(folder)/\(ControlProtocol.lockName)"
    lock = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else {
      let isFolder = errno == EISDIR, reason = Self.reason()
      throw isFolder ? .inTheWay(lockFile, reason: reason) : .folder(folder, reason: reason)
    }
    // One that was there may be open to others.
    guard fchmod(lock, 0o600) == 0 else {
      let reason = "\(ControlProtocol.lockName): \(Self.reason())"
      cnet_close(lock)
      throw .folder(folder, reason: reason)
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let process = Self.process(lock)
      cnet_close(lock)
      throw .taken(folder: folder, process: process)
    }
    do throws(ControlFault) {
      descriptor = try Self.listen(in: folder, as: ControlProtocol.socketName)
    } catch {
      cnet_close(lock)
      throw error
    }
    let text = Array("\(getpid())\n".utf8)
    _ = ftruncate(lock, 0)
    _ = pwrite(lock, text, text.count, 0)
  }

  deinit { close() }

  private var isClosed = false

  /// Takes the socket away and gives the lock back.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    unlink("\(folder)/\(ControlProtocol.socketName)")
    cnet_close(descriptor)
    cnet_close(lock)
  }

  /// A listening socket in a folder, for its owner alone; one that was left behind is replaced. The caller closes and
  /// unlinks it, and holds the folder's lock.
  public static func listen(in folder: String, as name: String) throws(ControlFault) -> Int32 {
    let file = "\(folder)/\(name)"
    guard unlink(file) == 0 || errno == ENOENT else { throw .inTheWay(file, reason: reason()) }
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw .socket(file, reason: reason()) }
    // The file gets the mode that the socket has when it is bound: nobody may connect between bind and a chmod. The
    // mask of new files is the whole process's, and other threads make files.
    _ = fchmod(made, 0o600)
    let status = withAddress(in: folder, name) { bind(made, $0, $1) }
    guard status == 0, Glibc.listen(made, 16) == 0, fcntl(made, F_SETFL, O_NONBLOCK) == 0 else {
      let fault = ControlFault.socket(file, reason: reason())
      cnet_close(made)
      throw fault
    }
    return made
  }

  /// Connects to the host that runs on a data folder, and looks whose it is: orders are for nobody else's ears.
  /// - Parameter own: the user who asks.
  static func connect(folder: String, as own: uid_t = geteuid()) throws(ControlFault) -> Int32 {
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw .socket(folder, reason: reason()) }
    if withAddress(in: folder, ControlProtocol.socketName, { Glibc.connect(made, $0, $1) }) == 0 {
      let user = cnet_peer_user(made)
      if user == Int64(own) { return made }
      cnet_close(made)
      throw .foreign(folder: folder, user: user)
    }
    let number = errno
    cnet_close(made)
    switch number {
    case ENOENT, ECONNREFUSED, ENOTDIR: throw .noHost(folder: folder)
    default: throw .socket("\(folder)/\(ControlProtocol.socketName)", reason: String(cString: strerror(number)))
    }
  }

  /// Hands out the socket's address. A path has room for 107 bytes there; by way of the folder's descriptor any fits.
  private static func withAddress(
    in folder: String, _ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return -1 }
    defer {
      let number = errno
      cnet_close(directory)
      errno = number
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("/proc/self/fd/\(directory)/\(name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }

  private static func process(_ lock: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(lock, &bytes, bytes.count, 0)
    return Int(String(decoding: bytes[..<max(0, count)].prefix { $0 != 0x0a }, as: UTF8.self))
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
