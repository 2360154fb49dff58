import Catalog
import Decimals
import JSONTree
import Runtime

/// What a connector's folder says of certifying it; docs/certification.md is its specification.
struct CertificationManifest: Sendable {
  var file = "certification.json"
  var captures: [String]
  var vectors: [String]
  var payloads: [String]
  /// Folders of sequences; nil = those of the samples.
  var sequenceFolders: [String]?
  /// Expected symbols carry this prefix; others belong to another market.
  var symbolPrefix = ""
  /// They are written small, as the exchange's streams do, where its instruments have capitals.
  var hasSmallSymbols = false
  /// Patterns of the symbols that belong here.
  var symbolPatterns = [Pattern("*")]
  var excludedSymbols: [Pattern] = []
  /// Powers of ten that expected numbers of these symbols are written times; the first pattern that fits counts.
  var scales: [(pattern: Pattern, price: Int32, quantity: Int32)] = []
  var replay = ReplayManifest(channels: [:])
  var trading = TradingScript()
  var signatures: [SignatureRule] = []
  var extraFields: [(pattern: Pattern, fields: [String])] = []
  var commands: [(pattern: Pattern, command: JSONValue)] = []
  var alternatives: [(pattern: Pattern, alternative: Alternative)] = []
  var samples = PayloadManifest()
  var sequences = SequenceManifest()
  var notApplicable: [(pattern: Pattern, reason: String)] = []
  /// Numbered checks that are not made, with the reason.
  var waivedChecks: [String: String] = [:]

  /// Another documented way to do a case's act.
  struct Alternative: Sendable {
    var documentation: String
    var requests: [ExpectedRequest]
  }

  /// Without a file: everything by the connector's id.
  init(id: String) {
    let name = id.hasSuffix("_perpetual") ? String(id.dropLast("_perpetual".count)) : id
    (captures, payloads) = ([name], [name])
    vectors = [name == id ? "\(name).spot" : "\(name).swap"]
  }

  /// Why a case does not concern the connector; nil when it does.
  func reasonNotApplicable(_ name: String) -> String? { notApplicable.first { $0.pattern.matches(name) }?.reason }

  /// The symbol as the connector knows it; nil when it belongs to another market.
  func symbol(expected: String) -> String? {
    guard expected.hasPrefix(symbolPrefix) else { return nil }
    let written = String(expected.dropFirst(symbolPrefix.count))
    let symbol = hasSmallSymbols ? written.uppercased() : written
    guard !excludedSymbols.contains(where: { $0.matches(symbol) }) else { return nil }
    return symbolPatterns.contains { $0.matches(symbol) } ? symbol : nil
  }

  /// How much smaller a price, and a quantity, of a symbol is than it is written there.
  func factors(of symbol: String) -> (price: Decimal64, quantity: Decimal64) {
    guard let scale = scales.first(where: { $0.pattern.matches(symbol) }) else { return (.one, .one) }
    return (
      Decimal64(mantissa: 1, exponent: -scale.price), Decimal64(mantissa: 1, exponent: -scale.quantity)
    )
  }

  /// The other way round.
  func expected(symbol: String) -> String { symbolPrefix + (hasSmallSymbols ? symbol.lowercased() : symbol) }
}

extension CertificationManifest {
  /// Reads `certification.json`. All mistakes are reported at once.
  init(file: String, id: String) throws(Problems) {
    let bytes: [UInt8]
    do throws(FileFault) {
      bytes = try GzipFile.read(file)
    } catch {
      throw Problems([Problem(.unreadable, file: file, message: "\(error)")])
    }
    try self.init(bytes: bytes, file: file, id: id)
  }

  init(bytes: [UInt8], file: String, id: String) throws(Problems) {
    self.init(id: id)
    self.file = file
    replay = try ReplayManifest(bytes: bytes, file: file)
    let value: JSONValue
    do throws(JSONError) { value = try JSONDocument.parse(bytes: bytes, file: file) } catch {
      throw Problems([Problem(error)])
    }
    var reader = ManifestReader(file: file)
    reader.keys(
      value, "", [
        "data", "channels", "paths", "symbol_members", "config", "replies", "addresses", "protocols", "trading",
        "signatures", "vectors", "payloads", "sequences", "not_applicable",
      ])
    readData(value["data"] ?? [:], &reader)
    trading = TradingScript(value["trading"] ?? [:], &reader)
    signatures = (value["signatures"]?.array ?? []).compactMap { SignatureRule($0, &reader) }
    readVectors(value["vectors"] ?? [:], &reader)
    samples = PayloadManifest(value["payloads"] ?? [], &reader)
    sequences = SequenceManifest(value["sequences"] ?? [:], &reader)
    readNotApplicable(value["not_applicable"] ?? [:], &reader)
    if !reader.problems.isEmpty { throw Problems(reader.problems) }
  }

  /// A key is a part, a colon, and a pattern of its cases; of the checks it is the number of one.
  private mutating func readNotApplicable(_ value: JSONValue, _ reader: inout ManifestReader) {
    for member in value.object ?? [] {
      let field = "not_applicable.\(member.key)"
      let reason = reader.text(member.value, field)
      let sides = member.key.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, let part = Part(rawValue: sides[0]) else {
        let parts = Part.allCases.map { "\($0.rawValue):" }
        reader.fault(
          member.value, field, "names no part of the certification",
          NearestName.remedy(sides[0] + ":", among: parts))
        continue
      }
      guard part == .checks else {
        notApplicable.append((Pattern(member.key), reason))
        continue
      }
      if NumberedCheck.ids.contains(sides[1]) {
        waivedChecks[sides[1]] = reason
      } else {
        reader.fault(
          member.value, field, "there is no check \"\(sides[1])\"",
          NearestName.remedy(sides[1], among: NumberedCheck.ids))
      }
    }
  }

  private mutating func readData(_ data: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(data, "data", ["captures", "vectors", "payloads", "sequences", "symbols", "scales"])
    if let names = data["captures"] { captures = reader.texts(names, "data.captures") }
    if let names = data["vectors"] { vectors = reader.texts(names, "data.vectors") }
    if let names = data["payloads"] { payloads = reader.texts(names, "data.payloads") }
    if let names = data["sequences"] { sequenceFolders = reader.texts(names, "data.sequences") }
    for member in data["scales"]?.object ?? [] {
      let field = "data.scales.\(member.key)"
      reader.keys(member.value, field, ["price", "quantity"])
      func power(_ name: String) -> Int32 {
        guard let value = member.value[name] else { return 0 }
        if let power = value.int, (1...18).contains(power) { return Int32(power) }
        reader.fault(value, "\(field).\(name)", "must be from 1 to 18", "leave it out where nothing is scaled")
        return 0
      }
      scales.append((Pattern(member.key), power("price"), power("quantity")))
    }
    if let symbols = data["symbols"] {
      reader.keys(symbols, "data.symbols", ["prefix", "small", "only", "except"])
      symbolPrefix = symbols["prefix"]?.string ?? ""
      if let small = symbols["small"] {
        hasSmallSymbols = small == true
        if !hasSmallSymbols { reader.fault(small, "data.symbols.small", "must be true", "leave it out otherwise") }
      }
      if let only = symbols["only"] { symbolPatterns = reader.texts(only, "data.symbols.only").map { Pattern($0) } }
      if let except = symbols["except"] {
        excludedSymbols = reader.texts(except, "data.symbols.except").map { Pattern($0) }
      }
    }
  }

  private mutating func readVectors(_ vectors: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(vectors, "vectors", ["extra", "commands", "alternatives"])
    for member in vectors["extra"]?.object ?? [] {
      extraFields.append((Pattern(member.key), reader.texts(member.value, "vectors.extra.\(member.key)")))
    }
    for member in vectors["commands"]?.object ?? [] { commands.append((Pattern(member.key), member.value)) }
    for member in vectors["alternatives"]?.object ?? [] {
      let field = "vectors.alternatives.\(member.key)"
      reader.keys(member.value, field, ["documentation", "requests", "why"])
      let requests = (member.value["requests"]?.array ?? []).map { ExpectedRequest(alternative: $0) }
      if requests.isEmpty {
        reader.fault(member.value, field, "names no request", "say under \"requests\" what is sent instead")
      }
      let documentation = reader.text(member.value["documentation"] ?? nil, field + ".documentation")
      alternatives.append((Pattern(member.key), Alternative(documentation: documentation, requests: requests)))
    }
  }
}

/// Collects problems while a manifest is read.
struct ManifestReader {
  let file: String
  var problems: [Problem] = []

  mutating func fault(_ value: JSONValue, _ field: String, _ message: String, _ remedy: String) {
    problems.append(
      Problem(.value, file: file, position: value.position, field: field, message: message, remedy: remedy))
  }

  mutating func text(_ value: JSONValue, _ field: String) -> String {
    if let text = value.string, !text.isEmpty { return text }
    fault(value, field, "must be a text", "see docs/certification.md")
    return ""
  }

  mutating func texts(_ value: JSONValue, _ field: String) -> [String] {
    if let text = value.string { return [text] }
    guard let elements = value.array, elements.allSatisfy({ $0.string != nil }) else {
      fault(value, field, "must be a list of texts", "see docs/certification.md")
      return []
    }
    return elements.compactMap(\.string)
  }

  /// A key that nobody reads is a mistake that would go unnoticed.
  mutating func keys(_ value: JSONValue, _ field: String, _ known: [String]) {
    for member in value.object ?? [] where !known.contains(member.key) {
      fault(
        member.value, field.isEmpty ? member.key : "\(field).\(member.key)", "is not known",
        NearestName.remedy(member.key, among: known))
    }
  }
}
