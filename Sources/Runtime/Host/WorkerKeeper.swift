import CHost
import Catalog
import Glibc
import JSONTree

/// Looks after the worker of one instance: ends one that hangs, floods or grows, has another take its place, ever later
/// while that happens again and again, and gives up in the end. Nothing here waits. On the lane.
public final class WorkerKeeper: LaneChore {
  /// How the worker stands.
  public enum Stage: Sendable, Equatable {
    case running
    /// It has ended, and is started again at this monotonic time.
    case pausing(until: Int64)
    /// It is there, and loads its library.
    case loading
    /// It has ended too often.
    case parked
  }

  private unowned let seat: Host.Seat
  private let image: LibraryImage
  private let budgets: WorkerBudgets
  private let config: [UInt8]
  /// What every worker of this library says of itself: the bytes are the same.
  private let descriptors: [[UInt8]]
  private let place: Int
  public private(set) var stage = Stage.running
  private var next: WorkerLink?
  private var loadingSince: Int64 = 0
  private var layers: [Int32]
  private var due: Int64 = 0
  /// The input that is waited for, since when, and the processor time that was used up to then.
  private var awaited: (input: UInt64, since: Int64, used: Int64)?
  /// What the present one uses.
  private var use: WorkerUse
  /// Ends since it was last calm.
  private var ends = 0
  private var lastEnd = Int64.min
  /// All that there have been.
  public private(set) var restarts: UInt64 = 0
  /// Why the last one ended; empty = none has.
  public private(set) var lastFault = ""

  private static let look: Int64 = 250_000_000

  /// - Parameter link: its worker, which has been started and has loaded the library.
  init(_ seat: Host.Seat, _ image: LibraryImage, _ budgets: WorkerBudgets, _ link: WorkerLink?) {
    (self.seat, self.image, self.budgets) = (seat, image, budgets)
    use = WorkerUse(budgets)
    config = Array(JSONWriter.compact(seat.settings).utf8)
    descriptors = link?.descriptors ?? []
    layers = link?.layers ?? []
    place = seat.library.descriptors.firstIndex { $0["id"]?.string == seat.session.name } ?? 0
    seat.session.willReturn = { [weak self] session in self?.ended(session) ?? false }
  }

  // MARK: For people

  /// The process; `nil` where there is none now.
  public var pid: Int32? { seat.session.worker?.pid ?? next?.pid }

  /// What is to be expected after an end.
  public var prospect: String {
    switch stage {
    case .running: "it is started again"
    case .pausing(let until):
      "it is started again in \(max(0, until - seat.session.times.mono) / 1_000_000_000) s"
    case .loading: "it is being started again"
    case .parked:
      "it ended \(ends) times and is not started any more; patchbay enable \(seat.session.name) tries again"
    }
  }

  /// The layers that hold, and those that do not, with the system's words.
  public var layerReport: LayerReport { LayerReport(layers) }

  var status: WorkerStatus {
    let word = switch stage {
    case .running: "running"
    case .pausing: "pausing"
    case .loading: "loading"
    case .parked: "parked"
    }
    return WorkerStatus(pid: pid, stage: word, restarts: restarts, lastFault: lastFault, layers: layerReport)
  }

  // MARK: Looking

  public func run(_ times: Times) -> Int64? {
    switch stage {
    case .parked: return nil
    case .loading: load(times)
    case .pausing(let until): if times.mono >= until { begin(times) } else { return until }
    case .running: break
    }
    guard times.mono >= due else { return due }
    // All workers of a lane are looked at in the same moments.
    due = (times.mono / Self.look + 1) * Self.look
    if stage == .running { watch(times) }
    return due
  }

  private func watch(_ times: Times) {
    guard let worker = seat.session.worker, !seat.session.isFaulted else { return }
    if worker.emptyWakes > budgets.emptyWakes { return give(up: "it wakes the host again and again for nothing") }
    worker.forgetWakes()
    if let why = worker.fault, !worker.outputs.hasMore { return give(up: why) }
    let used = worker.processorTime
    if let why = use.look(records: seat.session.counters.outputs, processor: used, now: times.mono) {
      return give(up: why)
    }
    guard let input = seat.session.awaitedInput else {
      awaited = nil
      return
    }
    guard let since = awaited, since.input == input else {
      awaited = (input, times.mono, used)
      return
    }
    let waited = times.mono - since.since
    let isComputing = used >= 0 && since.used >= 0 && used - since.used >= budgets.input
    guard isComputing || waited >= budgets.inputAtMost else { return }
    give(up: "it did not answer an input within \(Self.seconds(isComputing ? budgets.input : waited))")
  }

  private static func seconds(_ time: Int64) -> String {
    time % 1_000_000_000 == 0 ? "\(time / 1_000_000_000) s" : "\(time / 1_000_000) ms"
  }

  private func give(up why: String) { seat.session.endWorker(why) }

  // MARK: Ending and beginning

  /// Another keeper looks after the seat from now on.
  func retire() {
    (stage, next, awaited) = (.parked, nil, nil)
    seat.session.willReturn = nil
  }

  /// Begins with an instance that may have ended already.
  func takeOffice() { if seat.session.isFaulted, !ended(seat.session) { seat.session.abandonAccounts() } }

  /// The instance has ended for its faults; whether another will take its place.
  private func ended(_ session: Session) -> Bool {
    let now = session.times.mono
    (awaited, next) = (nil, nil)
    lastFault = session.faultText
    ends = lastEnd != .min && now - lastEnd >= budgets.calm ? 1 : ends + 1
    lastEnd = now
    guard ends < budgets.ends else {
      stage = .parked
      return false
    }
    pause(now)
    return true
  }

  private func pause(_ now: Int64) {
    let wait = min(budgets.mostPause, budgets.pause << Int64(min(max(ends - 1, 0), 16)))
    stage = .pausing(until: now + wait)
    due = 0
  }

  private func begin(_ times: Times) {
    do throws(LoadFault) {
      next = try WorkerLink.start(seat.session.name, image, budgets)
      (stage, loadingSince) = (.loading, times.mono)
      if let poller = seat.lane?.poller {
        next?.attach(to: poller)
      } else {
        // A lane that only steps has no time in which something could happen elsewhere.
        try next?.awaitLoaded(patience: Int32(budgets.loading / 1_000_000))
        load(times)
      }
    } catch {
      failed("\(error)", times)
    }
  }

  private func load(_ times: Times) {
    guard let link = next else { return failed("its worker is gone", times) }
    do throws(LoadFault) {
      guard try link.hear() else {
        _ = link.outputs.arm()
        if times.mono - loadingSince > budgets.loading { failed("its library was not loaded in time", times) }
        return
      }
      guard link.descriptors == descriptors else { return failed("its library says something else than before", times) }
    } catch {
      return failed("\(error)", times)
    }
    link.choose(place)
    (next, stage, layers, use) = (nil, .running, link.layers, WorkerUse(budgets))
    restarts &+= 1
    seat.restart(link, config)
  }

  /// There is no worker: as if it had ended.
  private func failed(_ why: String, _ times: Times) {
    next = nil
    seat.session.faultText = why
    if !ended(seat.session) { seat.session.abandonAccounts() }
  }

  /// Whoever looks after the host wants it again, at once and with all its chances.
  func tryAgain() {
    guard stage == .parked || isPausing else { return }
    (ends, lastEnd) = (0, .min)
    stage = .pausing(until: .min)
    due = 0
  }

  private var isPausing: Bool { if case .pausing = stage { true } else { false } }
}

/// The layers between a worker and the system, in words.
public struct LayerReport: Sendable, Equatable {
  /// The names of those that hold.
  public var holding: [String] = []
  /// Those that do not, and why.
  public var missing: [(name: String, reason: String)] = []

  /// In the order of the enumeration in worker.h.
  private static let names = [
    "dies with the host", "limits", "not dumpable", "user namespace", "network namespace", "mount namespace",
    "ipc namespace", "no capabilities", "no_new_privs", "landlock", "seccomp while loading", "seccomp",
  ]

  init(_ layers: [Int32]) {
    for (name, state) in zip(Self.names, layers) {
      if state == 0 { holding.append(name) } else { missing.append((name, Self.reason(state))) }
    }
  }

  private static func reason(_ state: Int32) -> String {
    state < 0 ? "was not tried" : String(cString: strerror(state))
  }

  public static func == (left: LayerReport, right: LayerReport) -> Bool {
    left.holding == right.holding && left.missing.elementsEqual(right.missing) { $0 == $1 }
  }
}

extension Host.Seat {
  /// Another instance takes the place of one that has ended: everything is asked for anew, as when the host starts.
  func restart(_ link: WorkerLink, _ config: [UInt8]) {
    let plan = recordingPlan
    endRecording()
    session.revive(link, config: config, trading: !accounts.isEmpty) { [self] in
      if let plan { record(plan) }
    }
    guard !isParked else { return }
    // What was asked of the instance before it says nothing of this one.
    parkings += 1
    begin()
  }
}
