import Foundation
import Testing

/// TLS in front of a venue on loopback, by `openssl` and Python's `ssl`: it takes the encryption off and passes bytes
/// on.
final class TLSFront {
  let folder: URL
  let process = Process()
  /// Ends the server with this process, however that ends.
  private let life = Pipe()
  private(set) var port: UInt16 = 0
  var authority: String { folder.appendingPathComponent("cert.pem").path }

  /// - Parameter name: what its certificate, which it signs itself, is for.
  init(to venue: UInt16, name: String) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("patchbay-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let certificate = Process()
    certificate.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    certificate.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-keyout", "\(folder.path)/key.pem", "-out", authority, "-subj", "/CN=\(name)", "-addext",
      "subjectAltName=DNS:\(name)",
    ]
    certificate.standardError = FileHandle.nullDevice
    try certificate.run()
    certificate.waitUntilExit()
    try #require(certificate.terminationStatus == 0, "openssl could not make a certificate")

    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", TLSFront.program, folder.path, "\(venue)"]
    process.standardInput = life
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = try #require(UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    try? FileManager.default.removeItem(at: folder)
  }

  /// Puts its certificate into a folder as systems keep theirs: under the hash of its name.
  func install(in system: String) throws {
    try FileManager.default.createDirectory(atPath: system, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: authority, toPath: system + "/front.pem")
    let hashing = Process()
    hashing.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    hashing.arguments = ["openssl", "rehash", system]
    try hashing.run()
    hashing.waitUntilExit()
    try #require(hashing.terminationStatus == 0, "openssl could not hash the folder")
  }

  private static let program = """
    import os, socket, ssl, sys, threading
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1] + "/cert.pem", sys.argv[1] + "/key.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    def pump(source, sink):
      try:
        while True:
          data = source.recv(65536)
          if not data: break
          sink.sendall(data)
      except OSError: pass
      try: sink.shutdown(socket.SHUT_WR)
      except OSError: pass
    def serve(raw):
      try: plain = context.wrap_socket(raw, server_side=True)
      except (OSError, ssl.SSLError): return
      inner = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
      threading.Thread(target=pump, args=(plain, inner), daemon=True).start()
      pump(inner, plain)
    while True:
      raw, _ = listener.accept()
      threading.Thread(target=serve, args=(raw,), daemon=True).start()
    """
}
