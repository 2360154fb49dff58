import JSONTree

extension FieldReader {
  /// What a worker may use. The bounds: what no connector can work below, and what would be no bound any more.
  func budget() -> Config.Budget {
    allow(only: ["input_ms", "messages_per_second", "memory_megabytes", "cpu_percent"])
    var budget = Config.Budget()
    budget.inputMilliseconds = optional("input_ms")?.int(in: 10...20_000)
    budget.messagesPerSecond = optional("messages_per_second")?.int(in: 100...10_000_000)
    budget.memoryMegabytes = optional("memory_megabytes")?.int(in: 32...65_536)
    budget.cpuPercent = optional("cpu_percent")?.int(in: 1...100)
    budget.position = value.position
    return budget
  }
}

extension Config {
  /// A budget of what has none: nothing measures what one connector uses inside the host.
  func budgetProblems(_ connector: Connector, _ catalog: Catalog) -> [Problem] {
    guard !connector.budget.isEmpty, catalog.place(connector) == .inProcess else { return [] }
    return [
      Problem(
        .conflict, file: file, position: connector.budget.position, field: "connectors.\(connector.id).budget",
        message: "it runs inside the host, where nobody can tell what it uses from what others do",
        remedy: "Set connectors.\(connector.id).permit.run to \"worker\", or leave budget out")
    ]
  }
}
