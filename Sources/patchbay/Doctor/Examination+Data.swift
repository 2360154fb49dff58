import Catalog
import Control
import Gateway
import Journal
import PatchbayHost

#if canImport(Glibc)
  import Glibc
#endif

/// What a host keeps on disk and in memory.
extension Examination {
  func dataFolder(_ path: String) -> [Finding] {
    guard access(path, F_OK) == 0 else {
      let parent = path.hasPrefix("/") || path.contains("/") ? CertifyCommand.folder(of: path) : "."
      guard !Self.isFile(parent) else {
        return [
          .error("data", "\(parent) is a file, and the data folder is to be in it", "name another data_folder")
        ]
      }
      guard access(parent, F_OK) == 0 else {
        return [.error("data", "\(parent) is not there, where the data folder is to be", "mkdir -p \(parent)")]
      }
      guard access(parent, W_OK) == 0 else {
        return [.error("data", "\(path) cannot be made by who runs this", "name another data_folder")]
      }
      return [.good("data", "\(path) is made at the first start")]
    }
    var findings: [Finding] = []
    guard !Self.isFile(path) else {
      return [.error("data", "\(path) is a file, not a folder", "move it away, or name another data_folder")]
    }
    if let fault = PrivateFolder.fault(path) {
      findings.append(.error("data", "\(path) \(fault)", "give it to the host alone: chown and chmod 700"))
    } else if access(path, W_OK | X_OK) != 0 {
      findings.append(.error("data", "\(path) cannot be written by who runs this", "chmod u+rwx \(path)"))
    }
    if machine.isRemote(path) {
      findings.append(
        .warning(
          "data", "\(path) lies on another machine: its locks are not to be relied on, which the journal needs",
          "name a data_folder on a disk of this machine"))
    }
    if let free = machine.freeBytes(path) {
      let words = "\(free >> 20) MiB are free in \(path)"
      if free < 64 << 20 {
        findings.append(
          .error("disk", words + ": the journal soon cannot be written, and then nothing trades", "make room"))
      } else if free < 1 << 30 {
        findings.append(.warning("disk", words, "make room, or record less"))
      }
    }
    if let client = try? ControlClient(folder: path) {
      let process = client.greeting["process"]?.int.map { " (process \($0))" } ?? ""
      findings.append(.good("host", "one runs on \(path)\(process)"))
    }
    findings += kept(in: path)
    return findings.isEmpty ? [.good("data", "\(path) is the host's alone")] : findings
  }

  /// The files of earlier runs that a host reads at its start.
  private func kept(in folder: String) -> [Finding] {
    var findings: [Finding] = []
    var hadIDs = false
    do throws(JournalFault) {
      let journal = try JournalReader(path: "\(folder)/journal.sqlite")
      try journal.check()
      hadIDs = try journal.marks().contains { $0.topic == GatewayServer.ledgerTopic }
    } catch {
      switch error {
      // A host makes one, brings one up to date, or is at work on it.
      case .missing, .olderSchema, .locked: break
      default: findings.append(Finding(area: "journal", level: .error, text: "\(error)"))
      }
    }
    findings += GatewayServer.damage(inDataFolder: folder, isExpected: hadIDs).map { text in
      Finding(area: "gateway", level: .error, text: text)
    }
    return findings
  }

  func recordings(_ config: Config) -> [Finding] {
    let data = config.resolve(config.dataFolder)
    let folder = config.recording.folder.map(config.resolve) ?? "\(data)/recordings"
    // What is wrong with the data folder itself is reported there.
    guard config.recording.folder != nil || !Self.isFile(data), let fault = RecordingFolder.fault(folder) else {
      return []
    }
    let remedy = "name another recording.folder"
    return [
      config.recording.enabled
        ? .error("recording", fault, remedy) : .warning("recording", "nothing can be recorded: \(fault)", remedy)
    ]
  }

  /// Whether the host of this configuration runs: what it holds itself, its port and its feed, is no fault.
  func isRunning(_ config: Config) -> Bool {
    (try? ControlClient(folder: config.resolve(config.dataFolder))) != nil
  }

  func feed(_ config: Config) -> [Finding] {
    guard !isRunning(config), let fault = HostFeed.fault(config, free: machine.freeBytes) else { return [] }
    return [Finding(area: "feed", level: .error, text: "\(fault)")]
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }
}
