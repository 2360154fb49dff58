import Catalog
import Control
import JSONTree
import PrintableText

#if canImport(Glibc)
  import Glibc
#endif

/// What the commands share that ask a running host.
enum ClientCommand {
  static let json = CommandSyntax.Option(name: "json", value: nil, help: "print JSON")
  static let connector = CommandSyntax.Option(
    name: "connector", value: "ID", help: "which connector, where several have the pair")
  static let watch = CommandSyntax.Option(name: "watch", value: nil, help: "go on until Ctrl-C")

  /// Parses the arguments, connects to the host of the configuration, and gives the exit code of `body`. A host that
  /// does not run and a refusal by it are reported on standard error.
  static func run(
    _ arguments: [String], _ syntax: CommandSyntax, _ environment: CommandEnvironment,
    _ body: (Arguments, ControlClient) throws -> Int32
  ) -> Int32 {
    environment.run(arguments, syntax) { options in
      let isJSON = options.flags.contains("json")
      do {
        let client = try ControlClient(folder: try environment.dataFolder(options["config"]))
        return try body(options, client)
      } catch let refusal as ControlClient.Refusal {
        if isJSON { environment.show(refused(refusal.code, refusal.text)) }
        environment.error(refusal.text.printable)
        return 1
      } catch {
        if isJSON { environment.show(refused("failed", "\(error)")) }
        environment.report(error)
        return 1
      }
    }
  }

  /// A refusal in the form that the interface for programs has too.
  static func refused(_ code: String, _ text: String) -> String {
    let error: JSONValue = ["code": JSONValue(.string(code)), "message": JSONValue(.string(text))]
    return JSONWriter.compact(["error": error]) + "\n"
  }

  /// The request's fields that an option or a word gives.
  static func fields(_ values: [(name: String, value: JSONValue?)]) -> [JSONMember] {
    values.compactMap { field in field.value.map { JSONMember(field.name, $0) } }
  }

  static func text(_ text: String?) -> JSONValue? { text.map { JSONValue(.string($0)) } }
}

extension CommandEnvironment {
  /// The data folder of a configuration; without one, the usual one in the working folder.
  func dataFolder(_ config: String?) throws(Problems) -> String {
    guard let config = try loadConfig(config) else { return "data" }
    return config.resolve(config.dataFolder)
  }

  /// Prints at once, for outputs that go on.
  func show(_ text: String) {
    output(text)
    fflush(nil)
  }
}
