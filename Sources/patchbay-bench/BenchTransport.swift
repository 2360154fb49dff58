import CPatchbay
import Records
import Runtime

/// Opens every stream at once and answers requests by their path from prepared bodies.
final class BenchTransport: Transport {
  private let bodies: [(path: String, body: [UInt8])]
  private(set) var stream: UInt64 = 0

  init(_ bodies: [(path: String, body: [UInt8])]) { self.bodies = bodies }

  func open(_ record: RecordReader, for session: Session) {
    stream = record.head(as: pb_out_open.self).stream
    session.post(.opened(stream: stream))
  }

  func close(_ record: RecordReader, for session: Session) {}
  func abort(_ record: RecordReader, for session: Session) {}

  func request(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_request.self)
    session.post(.sent(request: fact.request, end: .sent))
    guard fact.stream == 0, let part = record.parts(fact.url).first else { return }
    let url = String(decoding: record.bytes(part.literal), as: UTF8.self)
    guard let found = bodies.first(where: { url.contains($0.path) }) else { return }
    session.post(.replied(request: fact.request, end: .replied(status: 200, headers: []), body: found.body))
  }
}
