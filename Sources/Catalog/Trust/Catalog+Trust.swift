extension TrustEvidence.Signature {
  /// What is signed beside a manifest: `manifest.json.minisig`.
  init(beside manifest: String) {
    let path = manifest + ".minisig"
    guard Files.exists(path) else {
      self = .none
      return
    }
    do throws(Problems) {
      self = .file(try Files.regular(path, maximumBytes: 1 << 16))
    } catch {
      self = .unreadable(error.all.first?.message ?? "")
    }
  }
}

extension Catalog {
  /// Longest library that is looked at, in bytes.
  public static let maximumLibraryBytes = 256 << 20

  /// What a connector may do here, by who vouches for it; all, for one that there is not: that is said elsewhere.
  public func decision(for id: String, _ connector: Config.Connector?) -> TrustDecision {
    guard let finding = self[id]?.trust else {
      return TrustDecision(
        mayLoad: true, mayTrade: connector?.permit.trading ?? false, run: .inProcess, mayRunInProcess: true,
        reason: "", remedy: "")
    }
    return TrustPolicy.decide(finding, id: id, connector, requiresSigned: rules.requiresSigned)
  }
}

extension Catalog.Item {
  /// Judges what was found. The library is read for it where it lies in the plugin folder, or where an advisory names
  /// hashes; the loader compares what it loads with the hash that was judged.
  mutating func judge(by rules: TrustRules, manifest bytes: [UInt8]?, signature: TrustEvidence.Signature) {
    guard let manifest else { return }
    guard isLibraryDropped else {
      var finding = TrustFinding(.core, "built from this tree: its library lies beside the host's executable")
      let isNamed = rules.advisories.contains { $0.connector == id && !$0.sha256.isEmpty }
      let path = isNamed ? libraryPath : nil
      finding.librarySHA256 = path.flatMap { Files.sha256($0, maximumBytes: Catalog.maximumLibraryBytes) }
      finding.advisory = rules.advisory(
        connector: id, version: manifest.version, hashes: [finding.librarySHA256])
      trust = finding
      return
    }
    let library = libraryPath.flatMap { Files.sha256($0, maximumBytes: Catalog.maximumLibraryBytes) }
    trust = TrustJudge.judge(
      TrustEvidence(
        id: id, version: manifest.version, manifest: bytes, signature: signature,
        named: manifest.sha256(platform: Platform.current), library: library), by: rules)
  }
}

extension Config {
  /// What of this configuration does not run for want of trust. Each is that connector's own misfortune: others run.
  public func trustProblems(in catalog: Catalog) -> [Problem] {
    connectors.filter(\.enabled).compactMap { connector in
      let decision = catalog.decision(for: connector.id, connector)
      guard !decision.mayLoad else { return nil }
      return Problem(
        .untrusted, file: file, position: connector.position, field: "connectors.\(connector.id)",
        message: "it does not run: \(decision.reason)", remedy: decision.remedy.capitalizedFirst)
    }
  }
}
