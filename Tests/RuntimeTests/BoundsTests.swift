import Testing

@testable import MarketModel
@testable import Runtime

@Suite struct BoundsTests {
  @Test func aPaceLetsItsBurstThroughAndThenOneInEachInterval() {
    var pace = Throttle(burst: 3, interval: 10)
    #expect((0..<5).map { _ in pace.takes(1000) } == [true, true, true, false, false])
    #expect(pace.next(1000) == 1010)
    #expect(!pace.takes(1009) && pace.takes(1010) && !pace.takes(1010))
    #expect(!pace.isEasy(1010) && pace.isEasy(2000))
  }

  @Test func aTimerThatIsMovedLeavesNothingBehind() {
    var timers = TimerQueue()
    for due in Int64(1)...100_000 { timers.set(1, due: due) }
    #expect(timers.count == 1 && timers.entryCount <= 66)
    #expect(timers.nextDue == 100_000)
  }

  @Test func refusalsOfOneMomentWaitForTheirTurn() {
    var bounds = InstanceBounds()
    (bounds.echoBurst, bounds.echoInterval, bounds.echoesWaiting) = (2, 10, 3)
    bounds.patience = 100
    var inputs = SelfMadeInputs(bounds)
    let refusal = PostedInput.closed(stream: 1, code: 1, reason: "")
    #expect((0..<5).map { _ in inputs.takes(refusal, now: 0) } == [true, true, false, false, false])
    #expect(inputs.isFull && inputs.next(nil, 0, now: 0) == 10)
    #expect(inputs.release(now: 9).isEmpty && inputs.release(now: 10).count == 1 && !inputs.isFull)
    #expect(!inputs.isCrowdedOut(now: 99) && inputs.isCrowdedOut(now: 100))
  }

  @Test func linesAreDroppedWithACount() {
    var bounds = InstanceBounds()
    (bounds.lineBurst, bounds.lineInterval) = (2, 10)
    var inputs = SelfMadeInputs(bounds)
    #expect((0..<5).map { _ in inputs.takesLine(now: 0) } == [0, 0, nil, nil, nil])
    #expect(inputs.takesLine(now: 10) == 3 && inputs.takesLine(now: 20) == 0)
  }

  @Test func workBeyondTheBoundIsBorneForAWhile() {
    var bounds = InstanceBounds()
    (bounds.secondCost, bounds.patience) = (10, 2_000_000_000)
    var watch = WorkWatch(bounds)
    let second: Int64 = 1_000_000_000
    #expect(!watch.look(5, now: 0) && watch.pause(15) == nil && watch.pause(16) == second)
    #expect(!watch.look(100, now: second) && !watch.look(200, now: 2 * second) && watch.look(300, now: 3 * second))
    #expect(!watch.look(305, now: 4 * second) && !watch.look(400, now: 5 * second))
  }

  @Test func aRefusedBookIsAskedForEverLater() {
    var pace = ResyncPace()
    let second: Int64 = 1_000_000_000
    #expect(pace.next(0) == 0 && pace.next(0) == second && pace.next(0) == second)
    #expect(pace.next(second) == 3 * second && pace.next(3 * second) == 7 * second)
    #expect(pace.next(1000 * second) == 1000 * second)
  }

  @Test func moreThanAHundredRefusalsInAMinuteAreTooMany() {
    var count = RefusalCount()
    let minute: Int64 = 60_000_000_000
    #expect((0..<100).allSatisfy { !count.add(at: minute + $0) } && count.add(at: 2 * minute - 1))
    #expect((0..<100).allSatisfy { !count.add(at: 2 * minute + $0) } && count.add(at: 2 * minute + 100))
  }

  @Test func balancesAreBoundedInNumberAndName() {
    let view = AccountView()
    func put(_ asset: String) -> Bool {
      let fact = BalanceFact(
        account: AccountID(1), asset: asset, total: .one, available: .one, command: nil, time: 0)
      return view.apply(.balance(fact), now: 0) != nil
    }
    #expect(!put(String(repeating: "x", count: AccountView.nameLimit + 1)))
    for index in 0..<AccountView.factLimit { #expect(put("\(index)")) }
    #expect(!put("more") && put("0") && view.balances.count == AccountView.factLimit && view.refused == 2)
  }
}
