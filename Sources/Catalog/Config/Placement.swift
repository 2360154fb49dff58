/// Where a connector's code runs: `TrustPolicy` says where it belongs and where it may be. A configuration may always
/// ask for less; for more, it or the operator's trust has to name the bytes that it means.
extension Catalog {
  /// Where a connector that a configuration enables runs.
  public func place(_ wanted: Config.Connector) -> Config.Permit.Run {
    wanted.permit.run ?? decision(for: wanted.id, wanted).run
  }
}
