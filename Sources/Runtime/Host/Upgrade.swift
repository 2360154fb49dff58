import Catalog
import JSONTree
import MarketModel

/// A new version of an exchange's connectors on trial, beside those that run. All of them are proved before the first
/// takes over, and all change over in one moment. On the lane.
final class Upgrade: LaneChore {
  private unowned let host: Host
  private let version: NewVersion
  private let then: (String?) -> Void
  private struct Trial {
    let seat: Host.Seat
    let rehearsal: Rehearsal
    let part: NewVersion.Part
    /// From its first input on, where the one that runs is recorded.
    let recording: SeatRecording?
  }

  private var trials: [Trial] = []
  private var failure: String?
  /// Since when all have taken over, and their private streams are waited for; monotonic.
  private var tookOver: Int64?

  /// - Parameter then: called once, with why nothing came of it, or `nil`.
  init(_ version: NewVersion, _ host: Host, then: @escaping (String?) -> Void) {
    (self.version, self.host, self.then) = (version, host, then)
  }

  func begin(_ seats: [Host.Seat], _ limits: RehearsalTimes) {
    do throws(InstanceFault) {
      for seat in seats { try prepare(seat, limits) }
    } catch {
      return giveUp("\(error)")
    }
    host.lane.add(self)
    for trial in trials {
      trial.seat.upgrade = self
      host.lane.add(trial.rehearsal.candidate)
      host.lane.add(trial.rehearsal)
      trial.rehearsal.begin()
    }
  }

  private func prepare(_ seat: Host.Seat, _ limits: RehearsalTimes) throws(InstanceFault) {
    guard let part = version.parts.first(where: { $0.id == seat.session.name }) else { return }
    let settings = version.settings(of: part)
    let manifest = version.manifest.settled(part.id, settings).trading(at: seat.trading)
    // A worker's answer is not waited for: others have the lane.
    let candidate = try Session(
      name: part.id, code: part.code, config: Array(JSONWriter.compact(settings).utf8),
      transport: host.transport(manifest, version.wanted), observer: nil, times: seat.session.times,
      verbs: part.library.words("verbs", of: part.id), isAwaited: false)
    let rehearsal = Rehearsal(
      of: candidate, beside: seat.session, accounts: seat.accounts, limits: limits, isSameMarket: !seat.isOffline
    ) { [unowned seat] in
      seat.subscriptions.filter { $0.problem == nil && !$0.channels.isEmpty }.map { ($0.pair, $0.channels) }
    } then: { [unowned self] in
      ended($0)
    }
    rehearsal.others = { [unowned self, unowned rehearsal] in
      trials.map(\.rehearsal).filter { $0 !== rehearsal }
    }
    let recording = seat.recordingPlan.map { seat.recording($0, of: candidate, part.library, settings) }
    trials.append(Trial(seat: seat, rehearsal: rehearsal, part: part, recording: recording))
  }

  func run(_ times: Times) -> Int64? {
    if let tookOver {
      guard !isHeard, times.mono - tookOver < Self.patience else {
        finish(nil)
        return nil
      }
      return times.mono + Self.glance
    }
    for trial in trials { trial.recording?.flush(now: times.mono) }
    return times.mono + Self.look
  }

  /// Whether nothing is deaf any more: what trades has its private streams again.
  private var isHeard: Bool {
    trials.allSatisfy { trial in
      trial.seat.session.isFaulted || trial.seat.session.accounts.streams.values.allSatisfy { $0.state == .live }
    }
  }

  private static let look: Int64 = 1_000_000_000
  private static let glance: Int64 = 20_000_000
  /// A private stream that is not live after so long is what `patchbay status` reports, and no longer the upgrade's.
  private static let patience: Int64 = 30_000_000_000

  private func ended(_ rehearsal: Rehearsal) {
    host.lane.remove(rehearsal)
    host.lane.remove(rehearsal.candidate)
    guard let trial = trials.first(where: { $0.rehearsal === rehearsal }) else { return }
    trial.seat.upgrade = nil
    switch rehearsal.stage {
    case .failed(let why):
      trial.recording?.end()
      giveUp("\(trial.part.id): \(why)")
    case .done: trial.seat.adopt(version, trial.part, trial.recording, host.budgets.with(version.wanted.budget))
    case .proving, .waiting: break
    }
    // Whoever has asked for it hears of it when everything is as before, private streams as well.
    if failure == nil, trials.allSatisfy({ $0.rehearsal.stage == .done }) { tookOver = rehearsal.running.times.mono }
  }

  /// Ends what is on trial; what has taken over stays.
  func giveUp(_ why: String) {
    guard failure == nil else { return }
    if tookOver != nil { return finish(nil) }
    failure = why
    for trial in trials { trial.rehearsal.giveUp(why) }
    finish(why)
  }

  private func finish(_ failure: String?) {
    host.lane.remove(self)
    host.upgrades.removeAll { $0 === self }
    then(failure)
  }
}

extension Host {
  /// Lets a new version of an exchange's connectors prove itself beside those that run, and take their place. Whatever
  /// goes wrong leaves those in place. On the lane; returns at once.
  /// - Parameters:
  ///   - isWiderFine: its manifest may permit more than the one that runs has.
  ///   - then: called once, on the lane, with why nothing came of it; `nil` = it runs.
  public func upgrade(
    to version: NewVersion, isWiderFine: Bool = false, limits: RehearsalTimes = RehearsalTimes(),
    then: @escaping (String?) -> Void
  ) {
    let own = seats.filter { $0.exchange == version.id }
    guard !own.isEmpty else { return then("it does not run; it is loaded when the host starts") }
    for seat in own {
      if let refusal = version.refusal(seat, isWiderFine: isWiderFine) { return then(refusal) }
    }
    let upgrade = Upgrade(version, self, then: then)
    upgrades.append(upgrade)
    upgrade.begin(own, limits)
  }
}

extension Host.Seat {
  /// The session has the new version's instance: what else is known of the old one is changed as well.
  /// - Parameter recording: the new one's, from its first input on; `nil` = it is not recorded.
  func adopt(
    _ version: NewVersion, _ part: NewVersion.Part, _ recording: SeatRecording?, _ budgets: WorkerBudgets
  ) {
    (library, settings, manifest, trust) = (part.library, version.settings(of: part), version.manifest, version.trust)
    if let recording {
      endRecording()
      recording.move(to: session)
      (self.recording, recordingPlan) = (recording, recording.plan)
    }
    if let worker {
      worker.retire()
      lane?.remove(worker)
    }
    worker = library.image.map { WorkerKeeper(self, $0, budgets, part.link) }
    if let worker {
      lane?.add(worker)
      worker.takeOffice()
    }
    // What was asked of the instance before it says nothing of this one.
    parkings += 1
    problems = problems.filter { $0.key == "trading" || $0.key == "account" || $0.key == "journal" }
    (instrumentsAsOf, hasInstruments) = (session.times.wall, true)
    adoptNames()
    for pair in pairs { renew(pair) }
    if let keeper { lane?.remove(keeper) }
    let keeper = SeatKeeper(self)
    keeper.instrumentsAnswered(true)
    self.keeper = keeper
    lane?.add(keeper)
    trader?.instrumentsKnown()
  }
}
