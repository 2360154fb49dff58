import CPatchbay
import MarketModel
import Records
import Runtime
import Transport
import Vault

/// Transactions of chains are signed, kept under their names, and only then let go: a transaction that was handed to a
/// node is found again after a crash by its hash alone.
extension Dispatcher {
  /// Signs a transaction, has it kept, and hands it to the carrier when it is.
  func keepAndSend(_ id: UInt64, _ one: Pending, deadline: Int64, _ session: Session) {
    do throws(RequestRefusal) {
      let (outgoing, name) = try evaluateNow(one.record.reader, for: session)
      guard let name, let observer = session.accountObserver else {
        signed[id] = outgoing
        return carrier.request(one.record.reader, deadline: deadline, for: session)
      }
      signed[id] = outgoing
      observer.leaving(CommandID(one.command), as: name) { [weak self, weak session] fault in
        guard let self, let session, signed[id] != nil, pending[id] != nil else { return }
        guard let fault else { return carrier.request(one.record.reader, deadline: deadline, for: session) }
        signed[id] = nil
        let words = "the journal does not keep its transaction: \(fault)"
        refuse(RequestRefusal(PB_REFUSAL_LIMIT, words), of: id, isFrame: one.isFrame, session)
      }
    } catch {
      refuse(error, of: id, isFrame: one.isFrame, session)
    }
  }

  /// Ends a request as its carrier would.
  private func refuse(_ refusal: RequestRefusal, of id: UInt64, isFrame: Bool, _ session: Session) {
    let end = refusal.told(to: session)
    ended(id, end, [], for: session)
    session.post(isFrame ? .sent(request: id, end: end) : .replied(request: id, end: end, body: []))
  }
}
