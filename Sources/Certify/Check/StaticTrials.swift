import Catalog
import Runtime

/// What a library's file and its manifest say, before any of its code runs.
struct StaticTrials {
  let file: String
  let manifest: String?

  func manifestFindings() -> [Finding] {
    guard let manifest else { return [] }
    do throws(Problems) {
      let loaded = try Manifest.load(file: manifest)
      var found: [Finding] = []
      for act in loaded.acts {
        for words in act.unbound {
          found.append(
            Finding(
              .manifest, "the act \"\(act.name)\" is not bound: \(words)",
              remedy: "bind it (docs/acts.md), or whoever installs the connector has to permit it", weight: .note))
        }
      }
      if loaded.hosts.isEmpty {
        found.append(
          Finding(
            .manifest, "permissions.hosts is empty", remedy: "name every host, or nothing can be reached",
            weight: .note))
      }
      if !loaded.hosts.isEmpty, loaded.acts.isEmpty {
        found.append(
          Finding(.manifest, "permissions.acts is empty", remedy: "state what may be sent: docs/acts.md"))
      }
      if loaded.maintainer == nil {
        found.append(Finding(.manifest, "nobody is its maintainer", remedy: "state maintainer.name", weight: .note))
      }
      return found
    } catch {
      return error.all.map { Finding(.manifest, "\($0)", remedy: $0.remedy, weight: $0.isWarning ? .note : .fault) }
    }
  }

  func exportFindings() -> (count: Int, findings: [Finding]) {
    let symbols: LibrarySymbols
    do throws(LoadFault) { symbols = try LibrarySymbols(file: file) } catch {
      return (0, [Finding(.exports, "\(error)", remedy: "")])
    }
    var found: [Finding] = []
    if !symbols.exports.contains("patchbay_entry") {
      found.append(
        Finding(
          .exports, "patchbay_entry is not exported",
          remedy: "define it as patchbay.h declares it, with the visibility \"default\""))
    }
    let others = symbols.exports.filter { $0 != "patchbay_entry" }
    if !others.isEmpty {
      let shown = others.prefix(3).joined(separator: ", ") + (others.count > 3 ? ", ..." : "")
      found.append(
        Finding(
          .exports, "\(others.count) names beside patchbay_entry are exported: \(shown)",
          remedy: "hide them (-fvisibility=hidden, or a version script such as Plugins/entry.map); a build for "
            + "debugging may keep them", weight: .note))
    }
    // A runtime that is linked in brings its own needs: it is known by its allocator of errors, or by its unwinder.
    let hasRuntime = symbols.imports.contains { $0.hasPrefix("_Unwind_") || $0.hasPrefix("swift_") }
    for (what, names, isOfRuntimes) in Self.forbidden {
      let used = symbols.imports.filter { names.contains($0) }
      guard !used.isEmpty else { continue }
      let mayBeRuntime = hasRuntime && isOfRuntimes
      found.append(
        Finding(
          .exports, "it takes \(used.joined(separator: ", ")) from the system: \(what)",
          remedy: mayBeRuntime
            ? "where the language's runtime brings it and never calls it, nothing is to be done"
            : "ask the host by a record instead: it has no other way to the world",
          weight: mayBeRuntime ? .note : .fault))
    }
    let seeds = symbols.imports.filter { Self.seeds.contains($0) }
    if !seeds.isEmpty, !found.contains(where: { $0.what.contains("randomness") }) {
      found.append(
        Finding(
          .exports, "it takes \(seeds.joined(separator: ", ")) from the system, of which hash tables make their seeds",
          remedy: "let no order of a set or dictionary decide what is sent or reported", weight: .note))
    }
    return (symbols.exports.count + symbols.imports.count, found)
  }

  /// What runtimes of languages seed their hash tables by.
  private static let seeds: Set<String> = ["arc4random_buf", "arc4random", "getrandom"]

  /// What a connector has no use for, and a worker ends it for. The last says whether runtimes of languages import it.
  private static let forbidden: [(what: String, names: Set<String>, isOfRuntimes: Bool)] = [
    (
      "a network",
      [
        "socket", "connect", "bind", "listen", "accept", "accept4", "send", "sendto", "sendmsg", "recv", "recvfrom",
        "recvmsg", "getaddrinfo", "gethostbyname", "socketpair", "curl_easy_init", "SSL_new",
      ], true
    ),
    (
      "another process",
      [
        "fork", "vfork", "execv", "execve", "execvp", "execvpe", "execl", "execlp", "system", "popen", "posix_spawn",
        "posix_spawnp", "ptrace", "kill", "clone",
      ], true
    ),
    ("a thread", ["pthread_create", "thrd_create"], false),
    (
      "files",
      ["open", "open64", "openat", "fopen", "fopen64", "creat", "opendir", "unlink", "rename", "mkdir", "mkstemp"], true
    ),
    (
      "a clock, by which the same inputs give other outputs",
      ["time", "clock", "gettimeofday", "timespec_get", "localtime", "ftime"], false
    ),
    // Older standard libraries of Rust link it whether or not anybody asks for the time.
    ("a clock, by which the same inputs give other outputs", ["clock_gettime"], true),
    (
      "randomness, by which the same inputs give other outputs",
      ["rand", "random", "srand", "srandom", "drand48", "getentropy"], false
    ),
    ("another library", ["dlopen", "dlmopen"], true),
    ("the end of the process", ["exit", "_exit", "quick_exit"], true),
  ]
}
