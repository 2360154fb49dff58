import Foundation
import JSONTree
import Testing

@testable import Catalog

/// The collected lists name each other by number; the registry calls them by year.
private func renamed(_ text: String) -> String {
  let years = ["000": "2022b", "001": "2022a", "002": "2023", "003": "2024", "004": "2025"]
  var result = text.replacing(#/_[0-9a-f]{16}\.txt/#, with: "")
  for (number, year) in years {
    guard let word = try? Regex("\\b\(number)\\b").wordBoundaryKind(.simple) else { continue }
    result = result.replacing(word, with: year)
  }
  return result.replacing("2024,2025", with: "2024, 2025")
}

private func renamed(_ value: JSONValue) -> JSONValue {
  switch value.kind {
  case .string(let text): JSONValue(.string(renamed(text)))
  case .array(let elements): JSONValue(.array(elements.map(renamed)))
  case .object(let members): JSONValue(.object(members.map { JSONMember(renamed($0.key), renamed($0.value)) }))
  default: value
  }
}

/// Proves that the registry carries everything that the collected lists say. Runs where the collection is at hand.
@Suite(.enabled(if: TestFiles.sharedLists != nil, "the collected lists are not on this machine"))
struct ListCoverageTests {
  let lists: JSONValue
  let registry: Registry
  let tree: JSONValue

  init() throws {
    let path = try #require(TestFiles.sharedLists)
    lists = try JSONDocument.parse(bytes: Array(Data(contentsOf: URL(filePath: path))), file: path)
    registry = try TestFiles.registry()
    tree = try TestFiles.registryTree()
  }

  @Test func everyRowAndFieldOfEveryListIsThere() throws {
    let exchanges = try #require(lists["exchanges"]?.array)
    #expect(exchanges.count == 55)
    var rows = 0
    for exchange in exchanges {
      let entry = try #require(registry[exchange["id"]?.string ?? ""], "\(exchange["id"]?.string ?? "?")")
      let said = try #require(exchange["lists"]?.object)
      #expect(entry.tree["lists"]?.object?.count == said.count)
      for list in said {
        let carried = entry.rows(of: list.key)
        #expect(carried.count == list.value.array?.count, "\(entry.id) \(list.key)")
        for (row, original) in zip(carried, list.value.array ?? []) {
          rows += 1
          for field in original.object ?? [] {
            #expect(row[field.key] == field.value, "\(entry.id) \(list.key) \(field.key)")
          }
          #expect(row.object?.count == original.object?.count)
        }
      }
    }
    let announced = try #require(lists["lists"]?.object).compactMap { $0.value["rows"]?.int }.reduce(0, +)
    #expect(rows == announced)
  }

  @Test func namesCurrentViewAndFactsAreThere() throws {
    for exchange in try #require(lists["exchanges"]?.array) {
      let entry = try #require(registry[exchange["id"]?.string ?? ""])
      let aliases = entry.tree["aliases"]?.array?.compactMap(\.string) ?? []
      let name = try #require(exchange["name"]?.string)
      #expect(entry.name == name || aliases.contains(name))
      for alias in exchange["aliases"]?.array ?? [] { #expect(aliases.contains(alias.string ?? "")) }
      #expect(entry.tree["current"] == exchange["current"].map(renamed), "\(entry.id)")
      #expect(entry.tree["derived"] == exchange["derived"].map(renamed), "\(entry.id)")
    }
    #expect(tree["lists"]?["order"] == lists["order_oldest_to_newest"])
    #expect(tree["lists"]?["about"] == lists["lists"].map(renamed))
    #expect(tree["lists"]?["legend"] == lists["legend"].map(renamed))
  }

  @Test func topFieldsAreTheCurrentView() throws {
    for entry in registry.entries where entry.id != "paper" {
      let current = try #require(entry.tree["current"])
      // One that no list has came in by a proposal; what people decided since is not what the lists say.
      let decided = Set(entry.decisions.map(\.field))
      guard !current.isNull || !decided.contains(.entry) else { continue }
      #expect(entry.type.rawValue == current["type"]?.string)
      #expect(decided.contains(.tier) || entry.tier?.rawValue == current["tier"]?.string?.lowercased())
      #expect(decided.contains(.maintainer) || entry.maintainer == current["maintainer"]?.string)
      for market in Market.allCases {
        #expect(entry.markets[market]?.listed == current["markets"]?[market.rawValue]?.bool, "\(entry.id) \(market)")
      }
      for market in entry.tree["derived"]?["markets_from_code"]?.array ?? [] {
        #expect(entry.markets[try #require(Market(rawValue: market.string ?? ""))] != nil, "\(entry.id)")
      }
    }
  }

  @Test func changesAreWhatTheCollectionFoundToDiffer() throws {
    for exchange in try #require(lists["exchanges"]?.array) {
      let entry = try #require(registry[exchange["id"]?.string ?? ""])
      let computed = entry.changes(over: registry.lists)
      let expected = try #require(exchange["differs_between_lists"]?.object)
      let compared: Set = ["website", "maintainer", "signup", "guide"]
      #expect(Set(computed.map(\.field)).intersection(compared) == Set(expected.map(\.key)), "\(entry.id)")
      for difference in expected {
        let change = try #require(computed.first { $0.field == difference.key })
        let statements = change.statements.map { JSONMember($0.list, JSONValue(.array($0.values))) }
        #expect(JSONValue(.object(statements)) == difference.value, "\(entry.id) \(difference.key)")
      }
    }
  }
}
