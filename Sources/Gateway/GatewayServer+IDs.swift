import PatchbayHost

/// One book of ids for all ways by which programs place orders.
extension GatewayServer: ProgramOrderIDs {
  package func claim(_ id: String, for wish: String, then: @escaping @Sendable (ProgramClaim) -> Void) {
    submit { [self] in claimNow(id, for: wish, then: then) }
  }

  private func claimNow(_ id: String, for wish: String, then: @escaping @Sendable (ProgramClaim) -> Void) {
    if let fault = FieldForm.newID(longest: 64).fault(.init(.string(id))) {
      return then(.refused(code: "bad_field", text: "client_order is \(fault)"))
    }
    do throws(APIError) {
      switch try claim(id, digest: Self.digest(of: wish)) {
      case .free:
        try begin(id, digest: Self.digest(of: wish))
        then(.new)
      case .order(let place): then(.order(connector: place.connector, number: place.order, sent: place.sent))
      case .open: waiting[id, default: []].append { [self] in claimNow(id, for: wish, then: then) }
      }
    } catch {
      then(.refused(code: error.code, text: error.message))
    }
  }

  package func bind(_ id: String, connector: String, order: UInt64, sent: String) {
    bind(id, OrderLedger.Place(connector: connector, order: order, sent: sent))
  }

  package func free(_ id: String) { submit { [self] in freeNow(id) } }
}
