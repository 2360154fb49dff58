/// What a deployment lets a connector do, by who vouches for its bytes.
public struct TrustDecision: Sendable, Equatable {
  /// Whether its code may run at all.
  public var mayLoad: Bool
  /// Whether its orders may leave for an exchange; on paper all may trade that may run.
  public var mayTrade: Bool
  /// Where it runs when its permit does not say.
  public var run: Config.Permit.Run
  /// Whether its permit may say `in_process`.
  public var mayRunInProcess: Bool
  /// Why it may not load, or else may not trade; empty where it may do both.
  public var reason: String
  /// What to do about that.
  public var remedy: String
}

/// The rules, as a pure function of a finding and the configuration. A tier is a promise to maintain a connector and
/// widens nothing: what is built from this tree, of whatever tier, trades where its permit says so.
public enum TrustPolicy {
  /// - Parameters:
  ///   - connector: its settings; nil = it has none, and trades nowhere.
  ///   - requiresSigned: what is neither signed nor named by its hash is not run.
  public static func decide(
    _ finding: TrustFinding, id: String, _ connector: Config.Connector?, requiresSigned: Bool
  ) -> TrustDecision {
    if let refusal = refusal(finding, id, requiresSigned) {
      return TrustDecision(
        mayLoad: false, mayTrade: false, run: .worker, mayRunInProcess: false, reason: refusal.reason,
        remedy: refusal.remedy)
    }
    guard finding.status != .core else {
      return TrustDecision(
        mayLoad: true, mayTrade: connector?.permit.trading ?? false, run: finding.home, mayRunInProcess: true,
        reason: "", remedy: "")
    }
    let lacking = lacking(finding, id, connector?.permit)
    let isWanted = connector?.permit.trading ?? false
    return TrustDecision(
      mayLoad: true, mayTrade: isWanted && lacking == nil, run: finding.home, mayRunInProcess: finding.hashTrust != nil,
      reason: lacking?.reason ?? "", remedy: lacking?.remedy ?? "")
  }

  private static func refusal(
    _ finding: TrustFinding, _ id: String, _ requiresSigned: Bool
  ) -> (reason: String, remedy: String)? {
    if let advisory = finding.advisory { return (advisory.words, "") }
    switch finding.status {
    case .core, .signed: return nil
    case .invalid:
      return (
        "invalid: \(finding.reason)",
        "get it again from its author; patchbay plugin verify \(id) says more, docs/plugins.md what each reason means"
      )
    case .modified:
      return (
        "modified: \(finding.reason)",
        "install the right file again; if the change is meant, trust the new hash: patchbay plugin verify \(id)")
    case .unsigned:
      guard requiresSigned, finding.hashTrust == nil else { return nil }
      return (
        "unsigned: \(finding.reason), and trust.require in the configuration wants a signature",
        "trust its key or its hash by patchbay plugin trust add \(id)")
    }
  }

  /// What is missing before a connector from outside may trade with an exchange.
  private static func lacking(
    _ finding: TrustFinding, _ id: String, _ permit: Config.Permit?
  ) -> (reason: String, remedy: String)? {
    guard finding.isVouchedFor else {
      return (
        "\(finding.reason), so it trades on paper only",
        "trust its key or its hash by patchbay plugin trust add \(id), or configure paper")
    }
    guard permit?.allowsDropIn == true else {
      return (
        "it was not built from this tree, so it trades on paper only",
        "set connectors.\(id).permit.allow_trading to true, or configure paper")
    }
    guard permit?.notionalCap != nil else {
      return (
        "it was not built from this tree, and nothing bounds what one of its orders may be worth",
        "set connectors.\(id).permit.notional_cap")
    }
    return nil
  }
}
