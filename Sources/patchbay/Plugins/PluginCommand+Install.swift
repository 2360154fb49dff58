import Catalog
import JSONTree
import Minisign
import PluginStore
import PrintableText
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

extension PluginCommand {
  static let installSyntax = CommandSyntax(
    usage: "patchbay plugin install FILE|FOLDER [options]",
    summary: """
      Installs a connector from a package or a folder: its manifest is read and its signature and hashes are checked, \
      then it takes its place in the plugin folder in one step. The version that was there is kept: patchbay plugin \
      rollback. Nothing of it is run, and nothing fetched. It runs when the configuration enables it and a host starts.
      """,
    options: [
      CommandSyntax.Option(
        name: "unsigned", value: nil, help: "also where nobody vouches for it; it trades on paper only"),
      CommandSyntax.Option(
        name: "downgrade", value: nil, help: "also where the installed version is newer, or the same with other bytes"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func install(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let job = try PluginJob(options, environment)
    let source = try PluginSource(path: options.words[0])
    let manifest = source.manifest
    try checkFit(source)
    if let problem = job.catalog.claimProblem(manifest, replacing: job.replacing) { throw problem }
    let finding = try source.judge(by: job.catalog.rules)
    guard let judged = finding.librarySHA256 else {
      throw PluginFailure(
        "\(source.path): it has no library for \(Platform.current), only for "
          + source.platforms.map(\.rawValue).joined(separator: ", "), "get the package with both")
    }
    try job.admit(source, finding)
    let store = try PluginStore(path: job.folder, isMade: true)
    if let there = try? store.installed(manifest.id) {
      let old = try there.judge(by: job.catalog.rules)
      if there.manifestBytes == source.manifestBytes, there.signature == source.signature, old.librarySHA256 == judged {
        environment.output("\(manifest.id) \(manifest.version) is installed already\n")
        return 0
      }
      try checkOrder(manifest, there.manifest, source.path, isDowngradeFine: options.flags.contains("downgrade"),
        isRepair: old.status == .invalid || old.status == .modified)
    }
    let isUpdate = try store.install(source, judged: judged)
    environment.output(
      "installed \(manifest.id) \(manifest.version) in \(job.folder)/\(manifest.id): \(finding.words)\n".printableLines)
    if isUpdate { environment.output("patchbay plugin rollback \(manifest.id) goes back to the version before\n") }
    if job.config?[manifest.id]?.enabled != true {
      environment.output("it runs once connectors.\(manifest.id) stands in the configuration\n")
    }
    let decision = job.decision(finding, manifest.id)
    if !decision.mayTrade, !decision.reason.isEmpty {
      environment.output("\(decision.reason); \(decision.remedy)\n".printableLines)
    }
    return 0
  }

  /// What this host could not load anyway.
  private static func checkFit(_ source: PluginSource) throws {
    let manifest = source.manifest
    guard manifest.abiRevision == LibraryLoader.revision else {
      throw PluginFailure(
        "\(source.path): built for revision \(manifest.abiRevision) of patchbay.h, and this host has revision "
          + "\(LibraryLoader.revision)", "get a build for this revision")
    }
    if let missing = manifest.extensions.first(where: { !LibraryLoader.extensions.contains($0) }) {
      throw PluginFailure("\(source.path): needs the extension \(missing), which this host does not have")
    }
  }

  /// An older version may have the holes that the newer one closed.
  private static func checkOrder(
    _ new: Manifest, _ old: Manifest, _ path: String, isDowngradeFine: Bool, isRepair: Bool
  ) throws {
    guard !isDowngradeFine else { return }
    if VersionOrder.isOlder(new.version, old.version) {
      throw PluginFailure(
        "\(path): \(new.id) \(new.version) is older than \(old.version), which is installed",
        "--downgrade installs it all the same")
    }
    if !isRepair, !VersionOrder.isOlder(old.version, new.version) {
      throw PluginFailure(
        "\(path): it is \(new.id) \(new.version), which is installed, with other bytes",
        "ask its author why; --downgrade installs it all the same")
    }
  }

  // MARK: Verifying

  static let verifySyntax = CommandSyntax(
    usage: "patchbay plugin verify FILE|FOLDER|ID [options]",
    summary: """
      Says who vouches for a package, a folder or an installed connector, with the hashes by which it can be trusted. \
      Ends with 0 where somebody does, with 2 where nobody does, and with 1 where it would not be run.
      """,
    options: [
      CommandSyntax.Option(name: "key", value: "KEY", help: "a public key, or its file, to count for this once"),
      CommandSyntax.Option(name: "json", value: nil, help: "print JSON"), .config, .registry,
    ],
    positionals: 1...1)

  static func verify(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let job = try PluginJob(options, environment)
    let word = options.words[0]
    let isInstalled = !PluginJob.isPath(word)
    let item = isInstalled ? try job.item(word) : nil
    let manifest: Manifest
    let finding: TrustFinding
    var libraries: [(Platform, String)] = []
    if let item, let own = item.manifest, let found = item.trust, item.origin == .registry || options["key"] == nil {
      (manifest, finding) = (own, found)
    } else {
      if let item, item.manifest == nil { throw PluginFailure("\(item.id): has no connector yet") }
      let source = try PluginSource(path: isInstalled ? "\(job.folder)/\(item?.id ?? word)" : word)
      var rules = job.catalog.rules
      if let text = options["key"] {
        let day = rules.today ?? ""
        let key = try publicKey(text)
        rules.keys.removeAll { $0.key.id == key.id }
        rules.keys.append(
          TrustedKey(name: "--key", key: key, until: day, connectors: [source.manifest.id], source: .config))
      }
      (manifest, finding) = (source.manifest, try source.judge(by: rules))
      libraries = try source.platforms.map { ($0, try source.sha256($0) ?? "") }
    }
    let decision = job.decision(finding, manifest.id)
    if options.flags.contains("json") {
      environment.output(
        JSONWriter.pretty([
          "id": JSONValue(.string(manifest.id)), "version": JSONValue(.string(manifest.version)),
          "trust": finding.json, "may_run": JSONValue(.bool(decision.mayLoad)),
          "may_trade": JSONValue(.bool(decision.mayTrade)), "because": JSONValue(.string(decision.reason)),
        ]))
    } else {
      environment.output(words(manifest, finding, decision, libraries).printableLines)
    }
    return !decision.mayLoad ? 1 : finding.isVouchedFor ? 0 : 2
  }

  private static func words(
    _ manifest: Manifest, _ finding: TrustFinding, _ decision: TrustDecision, _ libraries: [(Platform, String)]
  ) -> String {
    var lines = LabelledLines()
    lines.add("status", finding.status.rawValue)
    lines.add("because", finding.reason)
    lines.add("key", finding.keyID?.description)
    lines.add("signer says", finding.trustedComment?.replacing("\t", with: " "))
    lines.add("advisory", finding.advisory?.words)
    lines.add("manifest", finding.manifestSHA256.map { "sha256:\($0)" })
    for (platform, hash) in libraries { lines.add("library", "sha256:\(hash) (\(platform.rawValue))") }
    if libraries.isEmpty { lines.add("library", finding.librarySHA256.map { "sha256:\($0)" }) }
    lines.add("may run", decision.mayLoad ? "yes" : "no: \(decision.reason)")
    if decision.mayLoad, finding.status != .core {
      lines.add("may trade", decision.mayTrade ? "yes" : "on paper only" + (decision.reason.isEmpty
        ? ", as its permit says" : ": \(decision.reason)"))
    }
    lines.add("to do", decision.remedy)
    return "\(manifest.name) (\(manifest.id)) \(manifest.version)\n" + lines.text
  }

  /// A public key, as it is written or in a file.
  static func publicKey(_ text: String) throws -> PublicKey {
    if let key = try? PublicKey(text) { return key }
    guard access(text, F_OK) == 0 else {
      do throws(MinisignFault) { return try PublicKey(text) } catch {
        throw PluginFailure("\"\(text)\" is no file, and \(error)")
      }
    }
    do {
      return try PublicKey(try SmallFile.text(text, atMost: PublicKey.maximumBytes))
    } catch let fault as MinisignFault {
      throw PluginFailure("\(text): \(fault)")
    }
  }
}
