import Glibc
import Venue

/// Notes when each message was handed to the network, for whoever measures a client: a line each with the monotonic
/// clock in nanoseconds, the socket's number, and how the message begins. On the server's thread; a line is written at
/// once.
final class SendLog {
  private let file: UnsafeMutablePointer<FILE>
  /// Bytes of a message that are noted.
  private static let beginning = 200

  init(path: String) throws(ServerFault) {
    guard let file = fopen(path, "we") else { throw .notes(path) }
    setvbuf(file, nil, _IOLBF, 4096)
    self.file = file
  }

  deinit { fclose(file) }

  func note(_ frame: VenueFrame, socket: UInt64, mono: Int64) {
    guard case .text(let bytes) = frame else { return }
    let text = String(decoding: bytes.prefix(Self.beginning), as: UTF8.self)
    fputs("\(mono) \(socket) \(text.split(separator: "\n").first ?? "")\n", file)
  }
}
