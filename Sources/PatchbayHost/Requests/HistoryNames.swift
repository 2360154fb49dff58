import Catalog
import Journal

/// The names that rows of the journal can be chosen by: those in the journal, and those of the configuration, of which
/// there may be nothing yet. A name that is neither is a mistake, and no empty table.
package struct HistoryNames {
  /// A name of a filter that stands for nothing.
  package struct Mistake: Error {
    /// Such as `account`.
    package let field: String
    package let text: String
    /// It may be several.
    package var isAmbiguous = false

    /// For programs.
    package var code: String { isAmbiguous ? "ambiguous" : "unknown_\(field)" }
  }

  private let reader: JournalReader
  private let config: Config?

  package init(reader: JournalReader, config: Config?) { (self.reader, self.config) = (reader, config) }

  /// Puts what is meant in the place of each name as it was written.
  /// - Throws: `Mistake`, or what reading the journal throws.
  package func settle(_ filter: inout HistoryFilter) throws {
    for name in HistoryName.allCases { filter[name] = try choose(filter[name], name) }
    if let order = filter.order, try !reader.hasOrder(order) {
      throw Mistake(field: "order", text: "the journal has no order \"\(order)\"; patchbay history shows the latest")
    }
  }

  private func choose(_ name: String?, _ kind: HistoryName) throws -> String? {
    guard let name else { return nil }
    // The journal's names go before: a configuration may write them in another case.
    let kept = try reader.names(kind)
    if case .one(let found) = NameRule.find(name, among: kept) { return found }
    // A configuration may write what is in the journal in another case, and several times.
    var further: [String] = []
    for written in configured(kind) where NameRule.find(written, among: kept + further) == .none {
      further.append(written)
    }
    do throws(NameFault) {
      if case .one(let found) = NameRule.find(name, among: further) { return found }
      return try NameRule.choose(name, kind.rawValue, "in the journal", among: kept)
    } catch {
      let more = further.isEmpty ? "" : "; configured besides: \(further.sorted().joined(separator: ", "))"
      var mistake = Mistake(field: kind.rawValue, text: "\(error)\(more)")
      if case .ambiguous = error { mistake.isAmbiguous = true }
      throw mistake
    }
  }

  private func configured(_ kind: HistoryName) -> [String] {
    guard let config else { return [] }
    return switch kind {
    case .exchange: config.connectors.map(\.id)
    case .connector: []
    case .account: config.accounts.map(\.name)
    case .pair: config.connectors.flatMap { $0.markets.flatMap(\.pairs) }
    }
  }
}

extension HistoryFilter {
  /// The name of a kind that rows are chosen by.
  package subscript(_ kind: HistoryName) -> String? {
    get {
      switch kind {
      case .exchange: exchange
      case .connector: connector
      case .account: account
      case .pair: pair
      }
    }
    set {
      switch kind {
      case .exchange: exchange = newValue
      case .connector: connector = newValue
      case .account: account = newValue
      case .pair: pair = newValue
      }
    }
  }
}
