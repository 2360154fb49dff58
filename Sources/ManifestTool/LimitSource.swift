import Catalog

/// The exchange's rate limits as constants. A limit's bucket is its place in the manifest, counted from 1; one of a
/// further manifest that has the name of a known one and other figures has that one's bucket.
enum LimitSource {
  static func text(_ manifests: [ConnectorManifest]) -> String {
    var known: [String: (limit: RateLimit, bucket: Int)] = [:]
    var lines: [String] = []
    var lists: [(name: String, constants: [String])] = []
    var bucket = 0
    for (place, manifest) in manifests.enumerated() {
      var own: [(limit: RateLimit, constant: String)] = []
      for limit in manifest.manifest.limits {
        let isOther = known[limit.name].map { !$0.limit.countsAs(limit) } ?? false
        let constant = ManifestSource.constant(isOther ? "\(manifest.manifest.id)_\(limit.name)" : limit.name)
        own.append((limit, constant))
        guard known[limit.name] == nil || isOther else { continue }
        if known[limit.name] == nil {
          bucket += 1
          known[limit.name] = (limit, bucket)
        }
        lines.append(declaration(limit, constant, bucket: known[limit.name]?.bucket ?? bucket))
      }
      guard !own.isEmpty else { continue }
      lists += place == 0 ? Self.lists(own) : [(ManifestSource.constant(manifest.manifest.id), own.map(\.constant))]
    }
    guard !lines.isEmpty else { return "" }
    return """

      /// The exchange's limits, as the manifest states them.
      extension Output.Limit {
      \((lines + lists.map(list)).joined(separator: "\n"))
      }

      """
  }

  /// All limits, and those of each market where they differ.
  private static func lists(_ limits: [(limit: RateLimit, constant: String)]) -> [(name: String, constants: [String])] {
    let markets = Set(limits.compactMap(\.limit.market)).sorted()
    guard !markets.isEmpty else { return [("all", limits.map(\.constant))] }
    return Market.allCases.filter { market in
      limits.contains { $0.limit.market == market } || (market == .spot && markets == [.perp])
    }.map { market in
      (market.rawValue, limits.filter { $0.limit.market == nil || $0.limit.market == market }.map(\.constant))
    }
  }

  private static func declaration(_ limit: RateLimit, _ constant: String, bucket: Int) -> String {
    var values = "\(bucket), \"\(limit.name.replacing("_", with: " "))\", .\(limit.scope.rawValue), \(limit.amount), "
    let seconds = limit.milliseconds.quotientAndRemainder(dividingBy: 1000)
    values += seconds.remainder == 0 ? "seconds: \(seconds.quotient)" : "milliseconds: \(limit.milliseconds)"
    if limit.refills { values += ", tokens: true" }
    if let header = limit.usedHeader { values += ", usedHeader: \"\(header)\"" }
    if let header = limit.remainingHeader { values += ", remainingHeader: \"\(header)\"" }
    let start = "  static let \(constant) = Output.Limit("
    let isShort = start.utf8.count + values.utf8.count < ManifestSource.longestLine
    return start + (isShort ? "" : "\n    ") + values + ")"
  }

  private static func list(_ list: (name: String, constants: [String])) -> String {
    let start = "  static let \(list.name): [Output.Limit] = ["
    let line = start + list.constants.map { ".\($0)" }.joined(separator: ", ") + "]"
    guard line.utf8.count > ManifestSource.longestLine else { return line }
    var lines = [start, "   "]
    for constant in list.constants {
      let length = lines[lines.count - 1].utf8.count + constant.utf8.count + 3
      if length > ManifestSource.longestLine { lines.append("   ") }
      lines[lines.count - 1] += " .\(constant),"
    }
    return (lines + ["  ]"]).joined(separator: "\n")
  }
}

extension RateLimit {
  /// Whether both have the same figures, of whichever market and wherever they are stated.
  fileprivate func countsAs(_ other: RateLimit) -> Bool {
    var same = other
    (same.market, same.source) = (market, source)
    return same == self
  }
}
