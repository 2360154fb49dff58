import CHost
import CPatchbay
import Glibc
import Records
import Synchronization

/// A worker process as its host sees it: the process, both rings, and what it has said of itself. Belongs to the lane
/// of its instance; made on any thread. It ends with the link.
public final class WorkerLink {
  public let pid: Int32
  /// Its name for people: the connector's id.
  let name: String
  let inputs: InputRing
  let outputs: OutputRing
  /// Becomes readable when the worker has something to say; -1 in `watch` where the kernel has no such thing.
  let signal: Int32
  let watch: Int32
  private let wake: Int32
  private let own: UnsafeMutableRawPointer
  private let peer: UnsafeMutableRawPointer

  /// The state of each layer, as the worker says: 0 = it holds, else the errno for which it is missing.
  public private(set) var layers: [Int32] = []
  /// Of each connector of the library; whole when `isLoaded`.
  private(set) var descriptors: [[UInt8]] = []
  /// The library is loaded under all layers, and the kernel has confirmed it.
  private(set) var isLoaded = false
  private var ownFault: String?
  private var refusal: LoadFault?
  private let file: String
  /// How it ended, once that was asked for.
  private var end: Int32?
  private var place = 0
  private weak var poller: LanePoller?
  private var isAttached = false
  /// The kernel says that the process has ended.
  private(set) var mayHaveEnded = false
  /// How often it woke the host, and how often it had nothing to say then, since that was looked at.
  private(set) var emptyWakes = 0

  private init(
    _ name: String, _ file: String, _ pid: Int32, watch: Int32, events: (wake: Int32, signal: Int32),
    own: UnsafeMutableRawPointer, peer: UnsafeMutableRawPointer
  ) {
    (self.name, self.file, self.pid, self.watch) = (name, file, pid, watch)
    (wake, signal) = events
    (self.own, self.peer) = (own, peer)
    inputs = InputRing(own: own, peer: UnsafeRawPointer(peer), wake: events.wake)
    outputs = OutputRing(own: own, peer: UnsafeRawPointer(peer))
  }

  deinit {
    kill()
    chost_ring_unmap(own, WorkerShape.inputFile)
    chost_ring_unmap(peer, WorkerShape.outputFile)
    for descriptor in [signal, wake, watch] where descriptor >= 0 { close(descriptor) }
  }

  // MARK: Beginning

  /// Starts a worker for a library. Returns when the process is there; what it says is taken by `hear`.
  static func start(_ name: String, _ image: LibraryImage, _ budgets: WorkerBudgets) throws(LoadFault) -> WorkerLink {
    let program = try LibraryTrial.program(for: image.file)
    func fault(_ what: String, _ failure: Int32) -> LoadFault {
      .notLoadable(file: image.file, reason: "no worker for it: \(what): \(String(cString: strerror(-failure)))")
    }
    let wake = chost_event_create(1), signal = chost_event_create(0)
    let own = chost_ring_create(WorkerShape.inputFile), peer = chost_ring_create(WorkerShape.outputFile)
    defer { for ring in [own, peer] where ring >= 0 { close(ring) } }
    let ownMemory = own < 0 ? nil : chost_ring_map(own, WorkerShape.inputFile, 1)
    let peerMemory = peer < 0 ? nil : chost_ring_map(peer, WorkerShape.outputFile, 1)
    func giveBack() {
      for event in [wake, signal] where event >= 0 { close(event) }
      if let ownMemory { chost_ring_unmap(ownMemory, WorkerShape.inputFile) }
      if let peerMemory { chost_ring_unmap(peerMemory, WorkerShape.outputFile) }
    }
    guard let ownMemory, let peerMemory, wake >= 0, signal >= 0 else {
      giveBack()
      throw fault("memory and events", [own, peer, wake, signal].first { $0 < 0 } ?? -ENOMEM)
    }
    // From here on nobody else can write what the host writes. Older kernels have no such seal.
    _ = chost_ring_close_to_writers(own)
    var (pid, watch): (Int32, Int32) = (0, -1)
    let memory = budgets.memory
    let descriptors = [image.descriptor, own, peer, wake, signal]
    let failure = WorkerThread.shared.perform {
      let words = ["patchbay", WorkerMain.command, name, "\(getpid())", "\(memory)"]
      var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
      defer { for argument in arguments { free(argument) } }
      var (child, end): (Int32, Int32) = (0, -1)
      let failure = chost_worker_start(program, &arguments, descriptors, &child, &end)
      return (failure, child, end)
    }
    (pid, watch) = (failure.1, failure.2)
    guard failure.0 == 0 else {
      giveBack()
      throw fault("\(program) cannot be started", failure.0)
    }
    return WorkerLink(
      name, image.file, pid, watch: watch, events: (wake, signal), own: ownMemory, peer: peerMemory)
  }

  /// Takes what it says before it has an instance; whether it is ready for one.
  /// - Throws: why the library cannot be used.
  func hear() throws(LoadFault) -> Bool {
    while !isLoaded, let place = outputs.next() { try hear(place) }
    if let refusal { throw refusal }
    if isLoaded { return true }
    if let fault { throw .ruinous(file: file, how: fault.hasPrefix("it ") ? String(fault.dropFirst(3)) : fault) }
    return false
  }

  /// Waits until it is ready.
  /// - Parameter patience: in milliseconds.
  func awaitLoaded(patience: Int32) throws(LoadFault) {
    var left = patience
    while try !hear() {
      guard left > 0 else { throw .ruinous(file: file, how: "did not come back within \(patience) ms") }
      if outputs.arm() { _ = chost_wait_readable(signal, watch, 20) }
      chost_event_take(signal)
      left -= 20
    }
  }

  private func hear(_ place: UnsafeMutableRawPointer) throws(LoadFault) {
    let start = place.load(as: pb_rec.self)
    let count = start.size >= UInt32(WorkerShape.wordHead) ? place.load(fromByteOffset: 20, as: UInt32.self) : 0
    guard start.size >= UInt32(WorkerShape.wordHead), count <= UInt32(WorkerShape.longestText),
      Int(count) <= Int(start.size) - WorkerShape.wordHead
    else { return doubt("it says something that is no word of a worker") }
    let number = place.load(fromByteOffset: 16, as: UInt32.self)
    let bytes = UnsafeRawBufferPointer(start: place + WorkerShape.wordHead, count: Int(count))
    switch start.kind {
    case WorkerShape.Word.layers:
      guard bytes.count == 4 * Int(CHOST_LAYER_COUNT) else { return doubt("its layers are none") }
      layers = (0..<Int(CHOST_LAYER_COUNT)).map { bytes.load(fromByteOffset: 4 * $0, as: Int32.self) }
    case WorkerShape.Word.descriptor where descriptors.count < maximumConnectorsPerLibrary:
      descriptors.append(Array(bytes))
    case WorkerShape.Word.loaded:
      guard Int(number) == descriptors.count, number > 0 else { return doubt("it lost its descriptors") }
      // A constructor may have kept it from putting the last layers on: the kernel knows.
      if let missing = KernelWord.missing(pid) { return doubt("it is not confined: \(missing)") }
      isLoaded = true
    case WorkerShape.Word.refused:
      refusal = loadFault(WorkerShape.Refusal(rawValue: number), String(decoding: bytes, as: UTF8.self))
    default: doubt("it says something that is no word of a worker")
    }
  }

  private func loadFault(_ refusal: WorkerShape.Refusal?, _ reason: String) -> LoadFault {
    switch refusal {
    case .noEntry: .missingSymbol(file: file)
    case .badTable: .refused(file: file, reason: reason)
    case .linker: .notLoadable(file: file, reason: reason)
    case .unconfined, nil: .notLoadable(file: file, reason: "its worker cannot be confined: \(reason)")
    }
  }

  /// Which of the library's connectors it is to be, by the place of its descriptor.
  func choose(_ place: Int) { self.place = place }

  /// Has it make its instance.
  func create(_ config: [UInt8]) {
    let block = RecordBlock(capacity: 64)
    defer { block.free() }
    block.begin(CreateWord.self)
    let word = CreateWord(place: UInt32(place))
    let record = block.finish(word, kind: Int(WorkerShape.Word.create), seq: 0)
    config.withUnsafeBufferPointer { inputs.put(record, $0) }
  }

  private struct CreateWord: BitwiseCopyable {
    var rec = pb_rec()
    var place: UInt32
    var reserved: UInt32 = 0
  }

  // MARK: Its end

  /// Why it can no longer be used; `nil` = it can. A look at the process.
  var fault: String? {
    if let found = ownFault ?? inputs.fault ?? outputs.fault { return found }
    if end == nil {
      let code = chost_worker_ended(pid)
      if code >= 0 { end = code }
    }
    return end.map(Self.words)
  }

  /// Why it is not to be believed, without a look at the process.
  var suspicion: String? { ownFault ?? inputs.fault ?? outputs.fault }

  func doubt(_ why: String) { ownFault = ownFault ?? why }

  private static func words(_ end: Int32) -> String {
    switch end {
    case SIGSYS: "it asked the system for what a connector may not do (SIGSYS)"
    case 1..<256: "it crashed (\(String(cString: strsignal(end))))"
    default: "it ended itself (exit code \(end - 256))"
    }
  }

  /// Ends the process. Its memory stays as long as this object.
  func kill() {
    detach()
    guard end == nil else { return }
    chost_worker_kill(pid)
    end = SIGKILL
    Remains.add(pid)
  }

  /// Bytes of memory that it has, with what it shares; -1 = not known.
  package var memory: Int { KernelWord.memory(pid) }

  /// Nanoseconds of processor time; -1 = not known.
  package var processorTime: Int64 { chost_worker_time(pid) }

  // MARK: Waking

  /// Has the lane's poller wake it for this worker.
  func attach(to poller: LanePoller?) {
    guard !isAttached, let poller else { return }
    isAttached = true
    self.poller = poller
    poller.watch(signal) { [weak self] in self?.signalled() }
    if watch >= 0 { poller.watch(watch) { [weak self] in self?.mayHaveEnded = true } }
  }

  private func signalled() {
    chost_event_take(signal)
    emptyWakes = outputs.hasMore ? 0 : emptyWakes + 1
  }

  func forgetWakes() { emptyWakes = 0 }

  private func detach() {
    guard isAttached, let poller else { return }
    isAttached = false
    poller.unwatch(signal)
    if watch >= 0 { poller.unwatch(watch) }
  }
}

/// Processes that were ended and not waited for yet: their end takes a moment, which no lane waits for.
private enum Remains {
  private static let pids = Mutex<[Int32]>([])

  static func add(_ pid: Int32) {
    pids.withLock { pids in
      pids = pids.filter { chost_worker_ended($0) < 0 }
      if chost_worker_ended(pid) < 0 { pids.append(pid) }
    }
  }
}

/// What the kernel says of a process, whatever the process says.
enum KernelWord {
  /// What is missing of a worker's layers that nothing is run without; `nil` = nothing.
  static func missing(_ pid: Int32) -> String? {
    guard let text = status(pid) else { return "it is gone" }
    func value(_ field: String) -> Substring? { Self.value(field, in: text) }
    if value("NoNewPrivs") != "1" { return "no_new_privs" }
    if value("Seccomp") != "2" { return "a seccomp filter" }
    // This host may be under filters as well, which its children have.
    let own = status(getpid()).flatMap { Self.value("Seccomp_filters", in: $0) }.flatMap { Int($0) } ?? 0
    if let filters = value("Seccomp_filters").flatMap({ Int($0) }), filters < own + 2 {
      return "its final seccomp filter"
    }
    if let held = value("CapEff"), held.contains(where: { $0 != "0" }) { return "a process without capabilities" }
    return nil
  }

  /// Bytes that are in memory of a process; -1 where that is not known.
  static func memory(_ pid: Int32) -> Int {
    let words = status(pid).flatMap { value("VmRSS", in: $0) }?.split(separator: " ")
    return words?.first.flatMap { Int($0) }.map { $0 << 10 } ?? -1
  }

  private static func value(_ field: String, in text: String) -> Substring? {
    text.split(separator: "\n").first { $0.hasPrefix(field + ":") }?.split(separator: "\t").last
  }

  private static func status(_ pid: Int32) -> String? {
    let file = open("/proc/\(pid)/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = read(file, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
