import Catalog
import Foundation
import Testing

@testable import Runtime

/// Connectors that load well and then break the contract: the host counts, goes on or ends them, and never crashes.
@Suite struct Misbehaviour {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  /// Emits a log line of this text; the answer of emit is the expression's value.
  private static let say = """
    static pb_status say(uint64_t seq, const char *words) {
      struct { pb_out_log log; char text[64]; } record;
      memset(&record, 0, sizeof record);
      record.log.rec = (pb_rec){sizeof record, PB_OUT_LOG, sizeof record.log, seq};
      record.log.level = PB_LOG_WARNING;
      record.log.text = (pb_ref){sizeof record.log, (uint32_t)strlen(words)};
      strcpy(record.text, words);
      return the_host->emit(the_host, &record.log.rec);
    }
    static void timer(int64_t after) {
      pb_out_timer record = {{sizeof record, PB_OUT_TIMER, sizeof record, the_seq}, 1, after};
      the_host->emit(the_host, &record.rec);
    }
    """

  private func start(inWorker: Bool = false, _ change: (inout CLibrary) -> Void) throws -> RunningHost {
    var library = CLibrary()
    library.helpers = Self.say
    change(&library)
    try deployment.dropIn(library)
    let place = try inWorker ? "" : ", " + deployment.inside()
    try deployment.configure(#"{"bad": {"markets": {"spot": {"pairs": ["A-B"]}}\#(place)}}"#)
    let running = try RunningHost(deployment)
    // What a worker has said is taken in the lane's first turn.
    if inWorker { running.pass(1) }
    return running
  }

  @Test(arguments: [false, true]) func malformedRecordsAreCountedAndDropped(inWorker: Bool) throws {
    let running = try start(inWorker: inWorker) {
      $0.deliverBody = """
        if (input->rec.kind != PB_IN_START) return PB_OK;
        _Alignas(8) unsigned char bytes[256];
        int refused = 0;
        pb_rec *rec = (pb_rec *)bytes;
        #define TRY(...) do { memset(bytes, 0, sizeof bytes); *rec = (pb_rec){__VA_ARGS__}; \\
          refused += the_host->emit(the_host, rec) == PB_E_ARGUMENT; } while (0)
        TRY(20, PB_EV_BOOK, 16, the_seq);                     /* size no multiple of 8 */
        TRY(0xFFFFFFF8u, PB_EV_BOOK, 16, the_seq);            /* beyond every limit */
        TRY(16, PB_EV_BOOK, 24, the_seq);                     /* head behind the end */
        TRY(64, PB_EV_BOOK, 0, the_seq);                      /* no head */
        TRY(sizeof(pb_trade), PB_EV_TRADE, sizeof(pb_trade), the_seq + 1); /* another input's number */
        TRY(sizeof(pb_trade), PB_EV_TRADE, sizeof(pb_trade), 0);
        pb_out_log log = {{sizeof log, PB_OUT_LOG, sizeof log, the_seq}, PB_LOG_ERROR, 0, {0x7FFFFFF0, 64}};
        refused += the_host->emit(the_host, &log.rec) == PB_E_ARGUMENT; /* text outside of the record */
        refused += the_host->emit(the_host, 0) == PB_E_ARGUMENT;
        refused += the_host->emit(the_host, (const pb_rec *)(bytes + 4)) == PB_E_ARGUMENT; /* misaligned */
        TRY(sizeof(pb_trade), 0x7777, sizeof(pb_trade), the_seq); /* of a newer connector: not a mistake */
        say(the_seq, refused == 9 ? "nine refused" : "some were taken");
        return PB_OK;
        """
    }
    let session = try #require(running.seat("bad")).session
    #expect(session.counters.malformed == 9 && session.counters.unknownKinds == 1 && session.counters.outputs == 1)
    #expect(running.listener.texts == ["nine refused"] && session.firstFault == .size(20) && !session.isFaulted)
  }

  @Test func emittingOutsideOfACallIsRefused() throws {
    let file = deployment.scratch.path("answer")
    let running = try start {
      $0.destroyBody = """
        FILE *file = fopen("\(file)", "w");
        fprintf(file, "%d %d", say(the_seq, "goodbye"), say(0, "again"));
        fclose(file);
        free(self);
        """
    }
    #expect(!deployment.scratch.exists("answer"))
    running.host.stop()
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "1 1", "PB_E_ARGUMENT for both")
    #expect(running.listener.texts.isEmpty)
  }

  @Test func whatCreateEmitsCounts() throws {
    let running = try start {
      $0.createBody = "say(0, \"made\"); timer(1000); *self = calloc(1, 8); return PB_OK;"
      $0.deliverBody = "if (input->rec.kind == PB_IN_TIMER) say(the_seq, \"rang\"); return PB_OK;"
    }
    #expect(running.listener.texts == ["made"])
    running.pass(1000)
    #expect(running.listener.texts == ["made", "rang"])
  }

  @Test func aFailedCreateSaysWhy() throws {
    for (body, told) in [
      ("say(0, \"no licence\"); return PB_E_VENUE;", "bad: cannot be started (status 5): no licence"),
      ("return PB_OK;", "bad: cannot be started (status 0): it gave no instance"),
      ("return PB_E_ARGUMENT;", "bad: cannot be started (status 1): it gave no reason"),
    ] {
      let running = try start { $0.createBody = body }
      #expect(running.faults.map(\.description) == [told] && running.host.seats.isEmpty)
    }
  }

  @Test func errorsAreCounted() throws {
    let running = try start {
      $0.deliverBody = """
        if (input->rec.kind == PB_IN_START) { timer(1); return PB_E_VENUE; }
        if (input->rec.kind == PB_IN_TIMER) { timer(1); return PB_E_PARSE + (int)(the_seq % 2); }
        return PB_E_UNSUPPORTED;
        """
    }
    running.pass(10)
    let seat = try #require(running.seat("bad"))
    #expect(seat.session.counters.unreadable == 11 && seat.session.counters.unsupported == 1)
    #expect(seat.missing.first == "instruments: bad does not offer instruments", "its one command was refused for it")
    #expect(!seat.session.isFaulted)
  }

  @Test(arguments: [
    ("timer(1); return PB_E_INTERNAL;", "the connector answered that it can no longer be trusted"),
    (
      """
      pb_out_fault record = {{sizeof record, PB_OUT_FAULT, sizeof record, the_seq}, PB_ERR_OTHER};
      timer(1);
      the_host->emit(the_host, &record.rec);
      return PB_OK;
      """, "no reason was given"
    ),
  ])
  func anInstanceThatGivesUpIsEndedOnce(body: String, told: String) throws {
    let running = try start {
      $0.deliverBody = "if (input->rec.kind == PB_IN_COMMAND) { \(body) } return PB_OK;"
      let ends = deployment.scratch.path("ends")
      $0.destroyBody = "FILE *file = fopen(\"\(ends)\", \"a\"); fputc('x', file); fclose(file);"
    }
    let seat = try #require(running.seat("bad"))
    #expect(seat.session.isFaulted && seat.missing.contains { $0.hasPrefix("the connector gave up: ") })
    #expect(running.listener.texts == [told])
    #expect(seat.session.nextTimer == nil && seat.session.openCommands == [])
    let inputs = seat.session.counters.inputs
    running.pass(1000)
    var answer: CommandResult?
    seat.session.send(CommandDraft(.clock)) { answer = $0 }
    #expect(answer?.outcome == .refused && answer?.text == "bad does not run")
    running.host.stop()
    #expect(seat.session.counters.inputs == inputs, "it was not entered again")
    #expect(try String(contentsOfFile: deployment.scratch.path("ends"), encoding: .utf8) == "x")
  }

  @Test func factsAboutNothingAreToldAndForgotten() throws {
    let running = try start {
      $0.deliverBody = """
        if (input->rec.kind != PB_IN_START) return PB_OK;
        pb_book book = {{sizeof book, PB_EV_BOOK, sizeof book, the_seq}, 77, 0, 1, 1, 1};
        the_host->emit(the_host, &book.rec);
        pb_reply reply = {{sizeof reply, PB_EV_REPLY, sizeof reply, the_seq}, 999, PB_OUTCOME_DONE};
        the_host->emit(the_host, &reply.rec);
        pb_instrument nothing = {{sizeof nothing, PB_EV_INSTRUMENT, sizeof nothing, the_seq}};
        the_host->emit(the_host, &nothing.rec);
        return PB_OK;
        """
    }
    let seat = try #require(running.seat("bad"))
    #expect(seat.session.counters.outputs == 3 && seat.session.counters.malformed == 0)
    #expect(running.listener.texts == ["a book of unknown instrument 77"])
    #expect(seat.session.view.all.isEmpty)
    #expect(seat.missing == ["instruments: not known yet", "A-B: no such instrument yet"])
    #expect(seat.session.openCommands.count == 1, "it owes an answer")
  }
}
