import Catalog
import Control
import Runtime
import Synchronization
import Threads

#if canImport(Glibc)
  import Glibc
#endif

/// Replaces connectors while they run, when that is asked for or where their files have changed, and stops those that
/// an advisory names which came meanwhile. Files are read and libraries loaded on threads of their own.
package final class Upgrades: Sendable {
  package struct Done: Sendable {
    package var version: String
    /// From the wish to the change.
    package var milliseconds: Int64
  }

  package struct Refusal: Error, Sendable {
    package var text: String
  }

  private struct State {
    /// Exchanges with a version on trial.
    var busy: Set<String> = []
    /// What runs of those that were replaced.
    var running: [String: AdvisoryWatch.Running] = [:]
    /// Files as they were looked at last, and as they were when something was done about them.
    var seen: [String: [FileMark]] = [:]
    var settled: [String: [FileMark]] = [:]
    var stopped: Set<String> = []
  }

  private let config: Config
  private let catalog: Catalog
  private let libraryFolders: [String]
  private let clock: HostClock
  private let events: RunEvents
  private let advisories: AdvisoryWatch
  private let state = Mutex(State())

  /// Nanoseconds between two looks at files: what has stayed the same from one to the next is whole.
  private static let interval: Int64 = 2_000_000_000
  /// Nanoseconds that cancels may take once an advisory has come.
  private static let patience: Int64 = 10_000_000_000

  init(
    _ config: Config, _ catalog: Catalog, _ libraryFolders: [String], _ clock: HostClock, _ events: RunEvents,
    _ advisories: AdvisoryWatch
  ) {
    (self.config, self.catalog, self.libraryFolders) = (config, catalog, libraryFolders)
    (self.clock, self.events, self.advisories) = (clock, events, advisories)
  }

  /// Why a connector must not be taken into use; `nil` = nothing stops it. Reads files.
  package func refusal(_ place: RunningHost.Place) -> String? {
    advisories.refusal(place, running(place))
  }

  // MARK: Replacing

  /// Loads what lies there now, and lets it prove itself beside what runs.
  /// - Parameter then: called once, on some thread.
  package func begin(
    _ id: String, isWiderFine: Bool, _ host: RunningHost, then: @escaping @Sendable (Result<Done, Refusal>) -> Void
  ) {
    guard state.withLock({ $0.busy.insert(id).inserted }) else {
      return then(.failure(Refusal(text: "another version of it is on trial already")))
    }
    let start = clock.now().mono
    let end: @Sendable (Result<Done, Refusal>) -> Void = { [self] in
      state.withLock { _ = $0.busy.remove(id) }
      then($0)
    }
    guard let place = host.places.first(where: { $0.exchange == id }), let wanted = config[id] else {
      return end(.failure(Refusal(text: "it does not run; it is loaded when the host starts")))
    }
    _ = HostThread { [self, lane = host.lanes[place.lane - 1]] in
      do {
        let version = try NewVersion(wanted, try fresh(), libraryFolders: libraryFolders)
        lane.perform { [self] in $0.upgrade(to: version, isWiderFine: isWiderFine) { [self] failure in
          if let failure { return end(.failure(Refusal(text: failure))) }
          state.withLock { $0.running[id] = AdvisoryWatch.Running(version: version.version, hashes: version.hashes) }
          let took = (clock.now().mono - start) / 1_000_000
          events.put(RunEvent(
            kind: "upgrade", connector: id, text: "\(version.version) has taken over; it took \(took) ms"))
          end(.success(Done(version: version.version, milliseconds: took)))
        } }
      } catch let problems as Problems {
        end(.failure(Refusal(text: problems.all.map(\.description).joined(separator: "; "))))
      } catch {
        end(.failure(Refusal(text: "\(error)")))
      }
    }
  }

  /// What there is now, judged anew.
  private func fresh() throws(Problems) -> Catalog {
    Catalog.discover(
      registry: try Registry.load(path: catalog.registry.file), config: config, libraryFolders: libraryFolders,
      trust: try TrustFile.load(for: config), today: CalendarDay.text(wall: clock.now().wall))
  }

  // MARK: Files

  /// Looks at the files from now on, for as long as the server runs.
  package func start(on server: ControlServer, _ host: RunningHost) {
    look(host, server, isFirst: true)
    again(on: server, host)
  }

  private func again(on server: ControlServer, _ host: RunningHost) {
    server.submit(after: Self.interval) { [self, weak server, weak host] in
      guard let server, let host else { return }
      look(host, server, isFirst: false)
      again(on: server, host)
    }
  }

  private func look(_ host: RunningHost, _ server: ControlServer, isFirst: Bool) {
    if hasChanged("", advisories.files, isFirst) { stopNamed(host, server) }
    guard config.upgradesOnChange else { return }
    for id in Set(host.places.map(\.exchange)).sorted() {
      guard let item = catalog[id], let library = item.libraryPath, let manifest = item.manifest else { continue }
      let files = item.isLibraryDropped ? [manifest.file, library] : [library]
      guard hasChanged(id, files, isFirst) else { continue }
      begin(id, isWiderFine: false, host) { [events] in
        guard case .failure(let refusal) = $0 else { return }
        events.put(RunEvent(
          kind: "warning", connector: id, text: "its new version is not taken into use: \(refusal.text)"))
      }
    }
  }

  /// Whether files are others than when something was done about them, and are whole.
  private func hasChanged(_ name: String, _ files: [String], _ isFirst: Bool) -> Bool {
    let marks = files.map(FileMark.init)
    return state.withLock { state in
      defer { state.seen[name] = marks }
      if isFirst { state.settled[name] = marks }
      guard !isFirst, state.settled[name] != marks, state.seen[name] == marks else { return false }
      state.settled[name] = marks
      return true
    }
  }

  // MARK: Advisories

  /// Stops those that an advisory names: their orders are cancelled, then nothing of them goes on. Files that cannot be
  /// read stop nothing that runs.
  private func stopNamed(_ host: RunningHost, _ server: ControlServer) {
    for place in host.places {
      let found: String?
      do throws(Problems) {
        found = try advisories.advisory(place, running(place))
      } catch {
        let files = advisories.files.joined(separator: ", ")
        return events.put(RunEvent(
          kind: "error", connector: "patchbay",
          text: "advisories in \(files) cannot be read, and what runs goes on: \(error)"))
      }
      guard let why = found, state.withLock({ $0.stopped.insert(place.name).inserted }) else { continue }
      events.put(RunEvent(kind: "error", connector: place.name, text: "is being stopped: \(why)"))
      host.onSeat(place) { $0.closeForAdvisory() }
      server.submit(after: Self.patience) { [self, weak host] in
        guard let host else { return }
        // Another version may have taken its place meanwhile.
        if refusal(place) != nil { return host.onSeat(place) { $0.stopForAdvisory(why) } }
        state.withLock { _ = $0.stopped.remove(place.name) }
        host.onSeat(place) { $0.reopen() }
      }
    }
  }

  private func running(_ place: RunningHost.Place) -> AdvisoryWatch.Running? {
    state.withLock { $0.running[place.exchange] }
  }
}

extension RunningHost {
  fileprivate func onSeat(_ place: Place, _ body: @escaping @Sendable (Host.Seat) -> Void) {
    lanes[place.lane - 1].perform { host in
      for seat in host.seats where seat.session.name == place.name { body(seat) }
    }
  }
}

extension Host.Seat {
  /// No new orders, and an end to those that are open.
  fileprivate func closeForAdvisory() {
    guard let desk = trader as? TradeDesk else { return }
    _ = try? desk.close(Closing(), cancels: true)
  }

  fileprivate func stopForAdvisory(_ why: String) {
    park()
    (trader as? TradeDesk)?.parked()
    retire(why)
  }

  fileprivate func reopen() { (trader as? TradeDesk)?.unparked(wasParked: false) }
}

/// By what a file is known to be another than before.
private struct FileMark: Equatable, Sendable {
  private var size: Int = -1
  private var inode: UInt64 = 0
  private var seconds = 0
  private var nanoseconds = 0

  init(_ path: String) {
    var found = stat()
    guard stat(path, &found) == 0 else { return }
    (size, inode) = (Int(found.st_size), UInt64(found.st_ino))
    (seconds, nanoseconds) = (found.st_mtim.tv_sec, found.st_mtim.tv_nsec)
  }
}
