import Testing

@testable import Catalog

/// What a worker may use, as `patchbay.json` says it.
@Suite struct BudgetConfigTests {
  private func config(_ budget: String, permit: String = "{}") throws(Problems) -> Config {
    let text = #"{"schema": 1, "connectors": {"binance": {"permit": \#(permit), "budget": \#(budget)}}}"#
    return try Config.parse(bytes: Array(text.utf8), file: "patchbay.json", environment: [:])
  }

  private func problems(_ budget: String) -> [String] {
    do throws(Problems) {
      _ = try config(budget)
      return []
    } catch {
      return error.all.map { "\($0)" }
    }
  }

  @Test func readsEveryField() throws {
    let budget = try #require(
      try config(#"{"input_ms": 10, "messages_per_second": 100, "memory_megabytes": 32, "cpu_percent": 1}"#)["binance"]
    ).budget
    #expect(budget.inputMilliseconds == 10 && budget.messagesPerSecond == 100)
    #expect(budget.memoryMegabytes == 32 && budget.cpuPercent == 1 && !budget.isEmpty)
    #expect(try #require(config("{}")["binance"]).budget.isEmpty)
  }

  @Test(arguments: [
    (#"{"input_ms": 9}"#, "input_ms: 9 is not from 10 to 20000"),
    (#"{"input_ms": 20001}"#, "input_ms: 20001 is not from 10 to 20000"),
    (#"{"messages_per_second": 99}"#, "messages_per_second: 99 is not from 100 to 10000000"),
    (#"{"memory_megabytes": 31}"#, "memory_megabytes: 31 is not from 32 to 65536"),
    (#"{"cpu_percent": 101}"#, "cpu_percent: 101 is not from 1 to 100"),
    (#"{"cpu_percent": "half"}"#, "cpu_percent: must be a whole number"),
    (#"{"cpu_percnt": 5}"#, "Did you mean \"cpu_percent\"?"),
  ]) func saysWhatIsWrongAndWhere(budget: String, words: String) {
    let found = problems(budget)
    #expect(found.count == 1 && found[0].contains(words) && found[0].contains("connectors.binance.budget"), "\(found)")
  }

  /// Inside the host nobody can tell what one connector uses.
  @Test func countsForWorkersAlone() throws {
    let catalog = Catalog.discover(registry: try TestFiles.registry(), pluginFolder: nil, libraryFolders: [])
    func found(_ permit: String) throws -> [Problem] {
      try config(#"{"cpu_percent": 50}"#, permit: permit).problems(in: catalog).filter { $0.field.hasSuffix(".budget") }
    }
    let inside = try found("{}")
    #expect(inside.count == 1 && !inside[0].isWarning && "\(inside[0])".contains("permit.run to \"worker\""))
    #expect(try found(#"{"run": "worker"}"#).isEmpty)
  }
}
