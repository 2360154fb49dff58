import Foundation
import Testing

@testable import Runtime

/// The attacks of a connector in Rust, whose standard library does what a stranger's would: each costs its worker
/// alone, and another connector of the same host goes on.
@Suite(.enabled("rustc is not installed", { Examples.hasRust })) struct RustAttackTests {
  private static let second: Int64 = 1_000_000_000

  private static let library = Result { () throws -> [UInt8] in
    let scratch = try Scratch()
    let (built, descriptor) = (scratch.path("libbad.so"), try scratch.write(CLibrary.descriptor(), "descriptor.json"))
    let made = try run(
      "env", "HOSTILE_DESCRIPTOR=\(descriptor)", "rustc", "--edition", "2021", "--crate-type", "cdylib", "--crate-name",
      "bad", "-D", "warnings", "-C", "panic=abort", "-C", "opt-level=1", "-o", built,
      "\(packageRoot)/Tests/Languages/hostile.rs")
    guard made.status == 0 else { throw ToolFailure(description: made.output + made.errors) }
    return try readBytes(built)
  }

  /// Runs an attack beside a connector that beats every 10 ms.
  /// - Returns: why the first worker ended, empty where it did not, and what was said.
  private func outcome(_ attack: String) throws -> (fault: String, texts: [String]) {
    let deployment = try Deployment()
    try deployment.scratch.write(Self.library.get(), "plugins.d/bad/libbad.so")
    try deployment.scratch.write(manifestText(), "plugins.d/bad/manifest.json")
    var good = HostileLibrary.with(
      """
      if (input->rec.kind == PB_IN_START) timer(1, 10000000);
      if (input->rec.kind == PB_IN_TIMER) { timer(1, 10000000); book(1, 100 + turn % 7, 200); }
      """)
    good.descriptor = CLibrary.descriptor(id: "good")
    try deployment.dropIn(good, id: "good")
    let pairs = #""markets": {"spot": {"pairs": ["A-B"]}}"#
    try deployment.configure(
      #"{"bad": {\#(pairs), "config": {"attack": "\#(attack)"}}, "good": {\#(pairs)}}"#)
    let running = try RunningHost(deployment)
    #expect(running.faults.isEmpty, "\(running.faults)")
    let session = try #require(running.seat("good")).session
    running.pass(Self.second / 2)
    let inputs = session.counters.inputs
    running.pass(Self.second / 2)
    #expect(!session.isFaulted && session.counters.inputs > inputs + 20, "the other one goes on")
    #expect(try #require(session.view[1]).book.isReady && session.counters.malformed == 0)
    let fault = try #require(running.seat("bad")?.worker).lastFault
    running.host.stop()
    return (fault, running.listener.texts)
  }

  @Test(arguments: [
    "thread", "file", "memory of the host", "its own memory", "folder", "link", "rename", "tcp", "name", "command",
    "sleep",
  ]) func whatTheSystemIsAskedForEndsTheWorker(attack: String) throws {
    let (fault, texts) = try outcome(attack)
    #expect(fault.contains("SIGSYS") && !texts.contains { $0.hasPrefix("survived") }, "\(fault)")
  }

  @Test func withoutEndIsNothing() throws {
    #expect(try outcome("panic").fault.contains("Aborted"))
    #expect(try outcome("recursion").fault.contains("Segmentation fault"))
    // The standard library wants to say so, and may not.
    let heap = try outcome("heap").fault
    #expect(heap.contains("SIGSYS") || heap.contains("Aborted"), "\(heap)")
  }

  @Test func nothingIsAroundIt() throws {
    let (fault, texts) = try outcome("environment")
    #expect(fault == "" && texts.contains { $0.hasPrefix("nothing around") }, "\(fault) \(texts)")
  }

  /// It finds the rings in its own memory and writes what it likes there, while the host reads.
  @Test(arguments: [
    ("tail", "it claims to have written outputs that were never there"),
    ("size", "it wrote a record of no possible size"),
  ]) func whatIsWrittenIntoTheRingsIsNotBelieved(attack: String, words: String) throws {
    let fault = try outcome(attack).fault
    #expect(fault == words, "\(fault)")
  }

  /// How far it has read matters where room is wanted; what it says of that meanwhile is the next word's affair.
  @Test func whatItClaimsToHaveReadChangesNothing() throws {
    let (fault, texts) = try outcome("head")
    #expect(fault == "" && texts.contains { $0.hasPrefix("survived") }, "\(fault)")
  }

  @Test func aRaceInTheRingsCostsItAlone() throws {
    let fault = try outcome("race").fault
    #expect(fault.hasPrefix("it ") && !fault.contains("crashed"), "\(fault)")
  }
}
