import Catalog
import Foundation
import Testing

@testable import Runtime

/// Connectors that do all they can to keep the host busy and to make it grow: other connectors of the lane, and the
/// control, keep working. On a clock that stands while the host is busy, so that what does not end would show.
@Suite struct HostileConnectorTests {
  private let deployment: Deployment
  private static let second: Int64 = 1_000_000_000

  init() throws { deployment = try Deployment() }

  private func start(_ library: CLibrary) throws -> (RunningHost, Session) {
    try deployment.dropIn(library)
    try deployment.configure(#"{"bad": {"markets": {"spot": {"pairs": ["A-B"]}}, \#(deployment.inside())}}"#)
    let running = try RunningHost(deployment)
    return (running, try #require(running.seat("bad")).session)
  }

  // MARK: Work

  @Test(arguments: [1, 2, 40]) func aRefusedRequestAnsweredByAnotherIsNoLoop(_ each: Int) throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START || input->rec.kind == PB_IN_REPLY)
          for (int i = 0; i < \(each); i++) request("https://evil.example/x");
        """))
    let first = session.counters.inputs
    #expect(first < 300, "what is refused at once is bounded, on a clock that stands: \(first)")
    running.pass(30 * Self.second)
    #expect(session.isFaulted && session.faultText.contains("more than 100"))
    #expect(session.counters.inputs == first && running.listener.texts.count < 300)
  }

  @Test func aStreamThatIsRefusedAndOpenedAgainIsNoLoop() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START || input->rec.kind == PB_IN_CLOSED)
          for (int i = 0; i < 3; i++) open_stream(++turn, "wss://evil.example/x");
        """))
    running.pass(30 * Self.second)
    #expect(session.isFaulted && session.counters.inputs < 18_000, "\(session.counters.inputs)")
  }

  @Test func aResyncAnsweredByACrossedSnapshotComesEverLater() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_COMMAND) {
          const pb_in_command *asked = (const pb_in_command *)input;
          if (asked->verb == PB_CMD_RESYNC) { resyncs++; book(1, 200, 100); log_line("resync "); }
          if (asked->verb == PB_CMD_SUBSCRIBE) { done(asked->command); book(1, 200, 100); return PB_OK; }
        }
        """, helpers: "static int resyncs;"))
    running.pass(120 * Self.second)
    let resyncs = running.listener.texts.filter { $0.hasPrefix("resync ") }.count
    #expect((6...12).contains(resyncs), "at once, then after 1, 2, 4, 8, 16, 32 s: \(resyncs)")
    #expect(!session.isFaulted, "its other books may be right")
  }

  @Test func recordsThatAnswerOneInputAreBounded() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_TIMER) while (1) {
          pb_out_log f = {.level = PB_LOG_INFO};
          begin(sizeof f);
          if (EMIT(PB_OUT_LOG, f) != PB_OK) return PB_OK;
        }
        if (input->rec.kind == PB_IN_START) timer(1, 1);
        """))
    running.pass(Self.second)
    #expect(session.isFaulted && session.faultText.contains("64 MiB of records"))
    #expect(session.counters.outputs < 65_536 + 100)
  }

  @Test func timersThatAreDueAtOnceDoNotStopTheClock() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) for (int i = 0; i < 100; i++) timer(10 + i, 1);
        if (input->rec.kind == PB_IN_TIMER) timer(((const pb_in_timer *)input)->timer, 1);
        """))
    running.pass(10 * Self.second)
    #expect(session.counters.inputs < 4096 + 11 * 4000 && !session.isFaulted, "\(session.counters.inputs)")
  }

  @Test func workWithoutEndIsStopped() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) timer(1, 1000000);
        if (input->rec.kind == PB_IN_TIMER) { timer(1, 1000000); for (int i = 0; i < 2000; i++) book(1, 100, 101); }
        """))
    running.pass(30 * Self.second)
    #expect(session.isFaulted && session.faultText.contains("a second"))
  }

  /// A record that means all instruments costs as much as it makes the host do.
  @Test func stateOfEverythingIsCharged() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) { timer(1, 1); for (int i = 2; i < 8000; i++) instrument(i, 0, 0); }
        if (input->rec.kind == PB_IN_TIMER)
          for (int i = 0; i < 60000; i++) state(0, 0, PB_CHANNEL_TRADES, PB_STATE_DOWN, 0);
        """))
    running.pass(Self.second)
    #expect(session.isFaulted && session.faultText.contains("64 MiB"))
    #expect(session.counters.outputs < 8100, "some thirty of them: \(session.counters.outputs)")
  }

  // MARK: Memory

  @Test func linesAreDroppedAndCounted() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) timer(1, 1000000);
        if (input->rec.kind == PB_IN_TIMER) { timer(1, 10000000); for (int i = 0; i < 100; i++) log_line("line "); }
        """))
    running.pass(10 * Self.second)
    let lines = running.listener.texts
    #expect(lines.count < 1024 + 2 * 10 * 50 + 100 && !session.isFaulted, "\(lines.count)")
    #expect(lines.contains { $0.hasSuffix("lines were dropped: it says too much") })
  }

  @Test func instrumentsAndTheirBooksAreBounded() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) timer(1, 1000000);
        if (input->rec.kind == PB_IN_TIMER) {
          if (turn < 20000) timer(1, 100000000);
          for (int i = 0; i < 5000; i++) instrument(100 + turn, 0, "SAME");
        }
        """))
    running.pass(20 * Self.second)
    #expect(session.view.table.count == session.bounds.instruments && !session.isFaulted)
    #expect(session.view.all.count == session.bounds.instruments)
    let symbols = session.view.table.all.filter { $0.base == "SAME" }.map(\.symbol)
    #expect(session.view.table.instrument(pair: "SAME-B")?.symbol == symbols.min(), "the first by symbol")
  }

  /// One symbol under ever new ids: only so many of the older ones are still meant by orders.
  @Test func replacedInstrumentsAreForgotten() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) timer(1, 1000000);
        if (input->rec.kind == PB_IN_TIMER) {
          if (turn < 20000) timer(1, 1000000);
          for (int i = 0; i < 1000; i++) { instrument(100 + turn, "SAME", "X"); book(99 + turn, 200, 100); }
        }
        """))
    running.pass(20 * Self.second)
    #expect(session.view.table.count == 2 && !session.isFaulted)
    #expect(session.view.all.count <= 2 + session.bounds.replacedInstruments)
  }

  @Test func factsOfAccountsThatDoNotExistAreNotKept() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) timer(1, 1000000);
        if (input->rec.kind == PB_IN_TIMER) for (int i = 0; i < 5000; i++) {
          pb_balance b = {.account = 1 + turn, .total = dec(1, 0), .available = dec(1, 0)};
          begin(sizeof b); b.asset = number("A"); EMIT(PB_EV_BALANCE, b);
          pb_position p = {.account = 1 + turn, .instrument = 1, .quantity = dec(1, 0)};
          begin(sizeof p); EMIT(PB_EV_POSITION, p);
          pb_fill f = {.account = 1 + turn, .instrument = 1, .price = dec(1, 0), .quantity = dec(1, 0)};
          begin(sizeof f); f.trade = number("T"); f.venue_order = number("V"); EMIT(PB_EV_FILL, f);
          pb_fees e = {.account = 1 + turn, .instrument = 1, .maker = dec(1, -3), .taker = dec(1, -3)};
          begin(sizeof e); EMIT(PB_EV_FEES, e);
          state(0, 1 + turn, PB_CHANNEL_PRIVATE, PB_STATE_LIVE, 1000000000);
        }
        """))
    running.pass(Self.second)
    let accounts = session.accounts
    #expect(accounts.balances.count == 0 && accounts.positions.count == 0 && accounts.streams.isEmpty)
    #expect(accounts.orders.orphanCount == 0 && !session.isFaulted)
  }

  @Test func aReasonThatIsKeptIsShort() throws {
    let (running, session) = try start(
      HostileLibrary.with(
        """
        if (input->rec.kind == PB_IN_START) timer(1, 1000000);
        if (input->rec.kind == PB_IN_TIMER) {
          pb_state f = {.instrument = 1, .channel = PB_CHANNEL_TRADES, .state = PB_STATE_DOWN};
          begin(sizeof f);
          static char words[16000]; memset(words, 'x', sizeof words - 1);
          f.text = text(words);
          EMIT(PB_EV_STATE, f);
        }
        """))
    running.pass(Self.second)
    let reason = try #require(session.view[1]?.trouble.values.first)
    #expect(reason.hasPrefix("xxx") && reason.utf8.count < InstanceBounds.reasonBytes + 8)
  }
}
