import Catalog
import Gateway
import JSONTree

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay doctor`: what is wrong with this machine or configuration, and what to do about it.
enum DoctorCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay doctor [options]",
    summary: """
      Looks at this machine and the configuration, and says what keeps a host from running well, each with what to \
      do: limits, clock, certificates, permissions, room on the disk, libraries that do not load, files of TLS, ports, \
      what lies in the plugin folder. It changes nothing and asks nobody over a network. The exit status is 1 when \
      anything is an error.
      """,
    options: [
      CommandSyntax.Option(name: "all", value: nil, help: "also print what is as it should be"),
      ClientCommand.json, .config, .registry,
    ],
    positionals: 0...0)

  static func run(
    _ arguments: [String], machine: Machine = .current, environment: CommandEnvironment
  ) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      let page = PageFiles(folders: PageFiles.folders(executable: environment.executableFolder))
      let examination = Examination(machine: machine, libraryFolders: [environment.executableFolder], page: page)
      let findings = examination.ofMachine + configuration(parsed, examination, environment)
      if parsed.flags.contains("json") {
        environment.output(JSONWriter.pretty(["findings": JSONValue(.array(findings.map(\.json)))]))
      } else {
        environment.output(text(findings, all: parsed.flags.contains("all")))
      }
      return findings.contains { $0.level == .error } ? 1 : 0
    }
  }

  private static func configuration(
    _ parsed: Arguments, _ examination: Examination, _ environment: CommandEnvironment
  ) -> [Finding] {
    do throws(Problems) {
      guard let config = try environment.loadConfig(parsed["config"]) else {
        return [
          .warning("config", "there is no \(CommandEnvironment.defaultConfig) in this folder", "patchbay config init")
        ]
      }
      return examination.of(config, try environment.loadCatalog(parsed, config: config))
    } catch {
      return error.all.map { Finding("config", $0) }
    }
  }

  private static func text(_ findings: [Finding], all: Bool) -> String {
    let wrong = findings.filter { $0.level != .good }
    let shown = all ? findings : wrong
    let errors = wrong.filter { $0.level == .error }.count
    let sum = wrong.isEmpty
      ? "nothing is wrong; \(findings.count) things were looked at"
      : "\(findings.count) things were looked at: \(errors) errors, \(wrong.count - errors) warnings"
    return shown.map(\.line).joined() + sum + "\n"
  }
}
