import CPatchbay
import Records

/// A host without a network: every stream is refused and no request leaves. Connectors that need none, such as the
/// paper exchange, run on it; their manifests list no hosts, so whatever they ask for counts as refused.
public final class OfflineTransport: Transport {
  public init() {}

  public func open(_ record: RecordReader, for session: Session) {
    let stream = record.head(as: pb_out_open.self).stream
    session.countRefusal()
    session.post(.closed(stream: stream, code: UInt32(PB_CLOSED_REFUSED), reason: "this host runs without a network"))
  }

  public func close(_ record: RecordReader, for session: Session) {}

  public func request(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_request.self)
    session.countRefusal()
    let end = RequestEnd.notSent(code: UInt32(PB_REFUSAL_OFFLINE), reason: "this host runs without a network")
    session.post(
      fact.stream == 0
        ? .replied(request: fact.request, end: end, body: []) : .sent(request: fact.request, end: end))
  }

  public func abort(_ record: RecordReader, for session: Session) {}
}
