import Catalog
import Foundation
import MarketModel
import Testing
import Transport

@testable import Runtime

/// Connectors that attack the system from inside a worker: each attempt ends the worker and nothing else, and another
/// connector of the same host goes on.
@Suite struct WorkerAttackTests {
  private let deployment: Deployment
  private static let second: Int64 = 1_000_000_000
  private static let headers = """
    #include <errno.h>
    #include <fcntl.h>
    #include <pthread.h>
    #include <sched.h>
    #include <signal.h>
    #include <sys/mman.h>
    #include <sys/mount.h>
    #include <sys/prctl.h>
    #include <sys/ptrace.h>
    #include <sys/resource.h>
    #include <sys/socket.h>
    #include <sys/syscall.h>
    #include <sys/uio.h>
    #include <unistd.h>
    extern char **environ;
    """

  init() throws { deployment = try Deployment() }

  /// A connector that does what a test wants when its first timer fires, beside one that beats every 10 ms.
  private func host(
    _ attack: String, helpers: String = "", before: String = "", budgets: WorkerBudgets = WorkerBudgets()
  ) throws -> RunningHost {
    var bad = HostileLibrary.with(
      """
      \(before)
      if (input->rec.kind == PB_IN_START) timer(1, 20000000);
      if (input->rec.kind == PB_IN_TIMER) { \(attack); log_line("survived "); }
      """, helpers: helpers)
    bad.helpers = Self.headers + "\n" + bad.helpers
    var good = HostileLibrary.with(
      """
      if (input->rec.kind == PB_IN_START) timer(1, 10000000);
      if (input->rec.kind == PB_IN_TIMER) { timer(1, 10000000); book(1, 100 + turn % 7, 200); }
      """)
    good.descriptor = CLibrary.descriptor(id: "good")
    try deployment.dropIn(bad, flags: ["-D_GNU_SOURCE"])
    try deployment.dropIn(good, id: "good")
    try deployment.configure(
      #"{"bad": {"markets": {"spot": {"pairs": ["A-B"]}}}, "good": {"markets": {"spot": {"pairs": ["A-B"]}}}}"#)
    return try RunningHost(deployment, budgets: budgets)
  }

  /// Runs the attack and what comes after it. Gives why its connector ended first.
  private func outcome(_ running: RunningHost) throws -> String {
    #expect(running.faults.isEmpty, "\(running.faults)")
    let good = try #require(running.seat("good")).session
    running.pass(Self.second / 2)
    let (updates, inputs) = (try #require(good.view[1]).book.counters.updates, good.counters.inputs)
    running.pass(Self.second / 2)
    #expect(!good.isFaulted && good.counters.inputs > inputs + 20, "the other one goes on")
    #expect(try #require(good.view[1]).book.isReady && good.counters.malformed == 0 && updates == 0)
    return try #require(running.seat("bad")?.worker).lastFault
  }

  @Test(arguments: [
    ("open", "open(\"/etc/passwd\", O_RDONLY)"),
    ("openat2", "syscall(437, -1, \"/etc/passwd\", 0, 0)"),
    ("socket", "socket(AF_INET, SOCK_STREAM, 0)"),
    ("a socket of this machine", "socket(AF_UNIX, SOCK_STREAM, 0)"),
    ("connect", "connect(7, 0, 0)"),
    ("sendmsg", "sendmsg(7, 0, 0)"),
    ("exec", "char *const none[] = {0}; execve(\"/bin/true\", none, none)"),
    ("fork", "fork()"),
    ("vfork by number", "syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)"),
    ("clone3", "syscall(SYS_clone3, 0, 0)"),
    ("ptrace", "ptrace(PTRACE_TRACEME, 0, 0, 0)"),
    ("kill", "kill(1, 0)"),
    ("killing its group", "kill(0, SIGKILL)"),
    ("a signal to a thread of another process", "syscall(SYS_tgkill, 1, 1, SIGABRT)"),
    ("another signal to itself", "syscall(SYS_tgkill, getpid(), getpid(), SIGTERM)"),
    ("a handler of signals", "signal(SIGSEGV, SIG_IGN)"),
    ("executable memory", "mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)"),
    ("writable code", "mmap(0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)"),
    ("data made code", "mprotect((void *)((uintptr_t)r & ~4095ul), 4096, PROT_READ | PROT_EXEC)"),
    ("shared memory", "mmap(0, 1 << 20, PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)"),
    ("a descriptor mapped", "mmap(0, 4096, PROT_READ, MAP_PRIVATE, 7, 0)"),
    ("a memory file", "memfd_create(\"x\", 0)"),
    ("reading another event", "char b[8]; read(7, b, 8)"),
    ("writing to what it waits for", "write(6, \"12345678\", 8)"),
    ("reading the host's memory", "struct iovec v = {r, 8}; process_vm_readv(1, &v, 1, &v, 1, 0)"),
    ("being dumped", "prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)"),
    ("larger limits", "struct rlimit l = {1 << 30, 1 << 30}; setrlimit(RLIMIT_DATA, &l)"),
    ("another namespace", "unshare(CLONE_NEWNET)"),
    ("mounting", "mount(\"x\", \"/\", \"tmpfs\", 0, 0)"),
    ("io_uring", "syscall(425, 8, 0)"),
    ("bpf", "syscall(SYS_bpf, 0, 0, 0)"),
    ("a filter of its own", "syscall(SYS_seccomp, 1, 0, 0)"),
    ("personality", "syscall(SYS_personality, 0x0400000)"),
    ("duplicating", "dup(7)"),
    ("ioctl", "syscall(SYS_ioctl, 2, 0, 0)"),
    ("its own memory as a file", "open(\"/proc/self/mem\", O_RDWR)"),
    ("memory of its parent as a file", "char f[32]; snprintf(f, 32, \"/proc/%d/mem\", 1); open(f, O_RDONLY)"),
    ("what its process maps", "open(\"/proc/self/maps\", O_RDONLY)"),
    ("who its parent is", "getppid()"),
    ("a thread", "pthread_t t; pthread_create(&t, 0, (void *(*)(void *))abort, 0)"),
    ("faults of pages", "syscall(SYS_userfaultfd, 0)"),
    ("counters of the processor", "syscall(SYS_perf_event_open, 0, 0, -1, -1, 0)"),
    ("keys of the kernel", "syscall(SYS_keyctl, 0, 0, 0, 0, 0)"),
    ("shared memory of System V", "syscall(SYS_shmget, 1, 4096, 01666)"),
    ("a descriptor of another process", "syscall(SYS_pidfd_open, 1, 0)"),
    ("a link", "symlink(\"/etc/passwd\", \"libgood.so\")"),
    ("renaming", "rename(\"libgood.so\", \"libbad.so\")"),
    ("removing", "unlink(\"libgood.so\")"),
    ("an alarm", "alarm(1)"),
    ("another priority", "syscall(SYS_setpriority, 0, 0, -20)"),
    ("sleeping", "usleep(1)"),
    ("numbers of another table", "syscall(0x40000000 | 39)"),
    ("numbers of none", "syscall(100000)"),
  ]) func whatIsNotAllowedEndsTheWorker(name: String, attack: String) throws {
    let running = try host(attack)
    #expect(try outcome(running).contains("SIGSYS"), "\(name)")
    #expect(!running.listener.texts.contains { $0.hasPrefix("survived") })
  }

  @Test(arguments: [
    ("abort()", "abort()", "Aborted"),
    ("*(volatile int *)8 = 1", "*(volatile int *)8 = 1", "Segmentation fault"),
    ("a stack without end", "deep(1)", "Segmentation fault"),
    ("memory without end", "grow()", "Segmentation fault"),
    ("_exit(3)", "_exit(3)", "exit code 3"),
    ("writing to its input", "((char *)input)[0] = 1", "Segmentation fault"),
  ]) func whatCrashesCostsItself(name: String, attack: String, words: String) throws {
    let helpers = """
      static int deep(int n) { volatile char here[4096]; here[0] = (char)n; return deep(n + 1) + here[0]; }
      static void grow(void) {
        for (size_t all = 0;; all += 1 << 20) {
          char *more = malloc(1 << 20);
          if (!more && all < (size_t)64 << 20) _exit(9);
          memset(more, 1, 1 << 20);
        }
      }
      """
    let running = try host(attack, helpers: helpers)
    let fault = try outcome(running)
    #expect(fault.contains(words), "\(fault)")
  }

  /// What the worker can see of its surroundings without asking the system for anything that ends it.
  @Test func itsSurroundingsAreEmpty() throws {
    let running = try host(
      """
      log_line(environ && environ[0] ? "has environment " : "no environment ");
      log_line(mprotect((void *)((uintptr_t)input & ~4095ul), 4096, PROT_READ | PROT_WRITE) ? "sealed " : "open ");
      """)
    running.pass(Self.second)
    let texts = running.listener.texts
    #expect(texts.contains { $0.hasPrefix("no environment") } && texts.contains { $0.hasPrefix("sealed") })
    let worker = try #require(running.seat("bad")?.worker)
    let layers = worker.layerReport
    for needed in ["dies with the host", "limits", "no capabilities", "no_new_privs", "seccomp"] {
      #expect(layers.holding.contains(needed))
    }
    let pid = try #require(worker.pid)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count == 1)
    #expect(KernelWord.missing(pid) == nil)
  }

  /// A worker that ends is made anew, and parked when that does not help; one that only stumbles goes on.
  @Test func endsAreFollowedByOthersUntilItIsTooMuch() throws {
    let running = try host("abort()")
    let seat = try #require(running.seat("bad"))
    running.pass(Self.second)
    #expect(seat.session.isFaulted && seat.missing.contains { $0.contains("it is started again in") })
    running.pass(4 * Self.second)
    #expect(try #require(seat.worker).restarts >= 2)
    running.pass(120 * Self.second)
    #expect(seat.worker?.stage == .parked && seat.worker?.pid == nil)
    #expect(seat.missing.contains { $0.contains("ended 6 times") && $0.contains("patchbay enable bad") })
    #expect(try #require(running.seat("good")).missing.isEmpty)
    seat.unpark()
    running.pass(Self.second / 100)
    #expect(seat.worker?.stage == .running && seat.missing.isEmpty)
  }

  /// A private stream is lost with its worker; one that never was is not, and nobody would report that it is back.
  @Test(arguments: [true, false]) func onlyAStreamThatWasThereIsLost(isSaid: Bool) throws {
    let running = try host("abort()", before: isSaid ? "" : "if (input->rec.kind == PB_IN_ACCOUNT) return PB_OK;")
    let session = try #require(running.seat("bad")).session
    session.account(PublicAccount(id: 1, label: "main"))
    running.settle()
    #expect((session.accounts.streams[AccountID(1)]?.state == .live) == isSaid)
    running.pass(Self.second / 10)
    #expect(session.isFaulted && session.accounts.streams[AccountID(1)]?.state == (isSaid ? .down : nil))
  }

  /// The numbers that a connector gives its instruments mean something else after it was made anew.
  @Test func instrumentsKeepTheirMeaning() throws {
    try deployment.dropIn(
      HostileLibrary.with(
        """
        int other = input->wall_ns % 3600000000000 > 1800000000000;
        if (input->rec.kind == PB_IN_COMMAND && ((const pb_in_command *)input)->verb == PB_CMD_INSTRUMENTS) {
          instrument(1, other ? "CD" : "AB", other ? "C" : "A");
          instrument(2, other ? "AB" : "CD", other ? "A" : "C");
          complete(((const pb_in_command *)input)->command, 0, PB_EV_INSTRUMENT);
          done(((const pb_in_command *)input)->command);
          return PB_OK;
        }
        if (input->rec.kind == PB_IN_COMMAND && ((const pb_in_command *)input)->verb == PB_CMD_SUBSCRIBE)
          timer(9, 1000000);
        if (input->rec.kind == PB_IN_TIMER && !other) abort();
        """))
    try deployment.configure(#"{"bad": {"markets": {"spot": {"pairs": ["A-B", "C-B"]}}}}"#)
    let running = try RunningHost(deployment)
    let seat = try #require(running.seat("bad"))
    func symbols() -> [String] { seat.session.view.table.all.map(\.symbol) }
    running.pass(500_000)
    #expect(symbols() == ["AB", "CD"] && !seat.session.isFaulted)
    let first = seat.session.view.table.all.map(\.id)
    running.pass(2_000_000)
    #expect(seat.session.isFaulted)
    running.clock.nanoseconds += 1800 * Self.second
    running.pass(20 * Self.second)
    #expect(seat.missing.isEmpty && !seat.session.isFaulted, "\(seat.missing)")
    let now = seat.session.view.table
    #expect(Set(now.all.map(\.symbol)) == ["AB", "CD"] && Set(now.all.map(\.id)).isDisjoint(with: first))
    for pair in ["A-B", "C-B"] { #expect(try #require(seat.session.view.market(pair: pair)).book.isReady) }
  }
}

/// What happens before a connector has an instance.
@Suite struct WorkerLoadingTests {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  private func fault(constructor: String, budgets: WorkerBudgets = WorkerBudgets()) throws -> (String, RunningHost) {
    var library = HostileLibrary.with("")
    library.helpers = """
      #include <errno.h>
      #include <fcntl.h>
      #include <sys/mman.h>
      #include <sys/socket.h>
      #include <unistd.h>
      static int seen[8];
      \(library.helpers)
      __attribute__((constructor)) static void early(void) { \(constructor) }
      """
    library.deliverBody = """
      if (input->rec.kind == PB_IN_START)
        for (int i = 0; i < 8; i++) {
          char text[32];
          snprintf(text, sizeof text, "%d is %d,", i, seen[i]);
          log_line(text);
        }
      """ + library.deliverBody
    try deployment.dropIn(library, flags: ["-D_GNU_SOURCE"])
    try deployment.configure(#"{"bad": {"markets": {"spot": {"pairs": ["A-B"]}}}}"#)
    let running = try RunningHost(deployment, budgets: budgets)
    return (running.faults.map { "\($0)" }.joined(), running)
  }

  @Test(arguments: [
    ("socket(AF_INET, SOCK_STREAM, 0);", "SIGSYS"), ("fork();", "SIGSYS"),
    ("open(\"/tmp/patchbay-x\", O_WRONLY | O_CREAT, 0600);", "SIGSYS"),
    ("mmap(0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);", "SIGSYS"),
    ("write(6, \"12345678\", 8);", "SIGSYS"), ("abort();", "Aborted"), ("_exit(0);", "exit code 0"),
    ("for (volatile int i = 0;; i++);", "did not come back within"),
  ]) func constructorsAreHeldAsWell(constructor: String, words: String) throws {
    var budgets = WorkerBudgets()
    budgets.loading = 1_500_000_000
    let (fault, running) = try fault(constructor: constructor, budgets: budgets)
    #expect(fault.contains(words) && running.seat("bad") == nil, "\(fault)")
  }

  /// Files are closed to constructors where the kernel has landlock; where not, the layer is reported as missing.
  @Test func constructorsSeeNoFiles() throws {
    let (fault, running) = try fault(
      constructor: """
        const char *const files[] = {"/etc/passwd", "/proc/self/maps", "/proc/1/status", "/tmp", "."};
        for (int i = 0; i < 5; i++) seen[i] = open(files[i], O_RDONLY) < 0 ? errno : -1;
        """)
    #expect(fault == "")
    running.pass(1_000_000)
    let layers = try #require(running.seat("bad")?.worker).layerReport
    guard layers.holding.contains("landlock") else {
      #expect(layers.missing.contains { $0.name == "landlock" && !$0.reason.isEmpty })
      return
    }
    for file in 0..<5 {
      #expect(running.listener.texts.contains { $0.hasPrefix("\(file) is \(EACCES),") }, "\(running.listener.texts)")
    }
  }

  /// Nothing of a dropped-in library runs inside the host, not even for a trial.
  @Test func nothingRunsInsideTheHost() throws {
    let (_, running) = try fault(constructor: "seen[0] = getpid();")
    running.pass(1_000_000)
    let pid = try #require(running.seat("bad")?.worker?.pid)
    #expect(running.listener.texts.contains { $0.hasPrefix("0 is \(pid),") })
  }

  /// Inside the host runs only what the configuration names the hash of.
  @Test func theHostNeedsAWord() throws {
    var library = HostileLibrary.with("")
    library.destroyBody = ""
    try deployment.dropIn(library)
    let path = deployment.scratch.path("plugins.d/bad/libbad.so")
    let hash = try LibraryLoader.sha256(file: path)
    func configure(_ fields: String) throws {
      try deployment.configure(#"{"bad": {"markets": {"spot": {"pairs": ["A-B"]}}, \#(fields)}}"#)
    }
    try configure(#""permit": {"run": "in_process"}"#)
    #expect(try "\(RunningHost(deployment).faults)".contains("on nobody's word"))
    #expect(try deployment.config().problems(in: deployment.catalog()).contains { !$0.isWarning })
    try configure(#""sha256": "\#(hash)", "permit": {"run": "in_process"}"#)
    let inside = try RunningHost(deployment)
    #expect(inside.faults.isEmpty && inside.seat("bad")?.worker == nil)
    try configure(#""sha256": "\#(hash)""#)
    #expect(try RunningHost(deployment).seat("bad")?.worker != nil)
  }
}

/// A lane with an event loop, in real time: what watches a worker that does not answer.
@Suite struct WorkerWatchTests {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  /// A connector in a worker on a lane in real time, with what the configuration says of its budget.
  private func run(_ attack: String, budget: String = "{}", _ change: (inout WorkerBudgets) -> Void = { _ in }) throws
    -> String
  {
    var library = HostileLibrary.with(
      "if (input->rec.kind == PB_IN_START) timer(1, 1000000); if (input->rec.kind == PB_IN_TIMER) { \(attack) }")
    library.helpers = "#include <pthread.h>\n#include <unistd.h>\n" + library.helpers
    try deployment.dropIn(library)
    try deployment.configure(#"{"bad": {"markets": {"spot": {"pairs": ["A-B"]}}, "budget": \#(budget)}}"#)
    let clock = SystemClock()
    let lane = Lane(clock: clock, poller: EventLoop(clock: clock))
    var budgets = WorkerBudgets()
    budgets.pause = 300_000_000
    change(&budgets)
    let host = Host(lane: lane, budgets: budgets) { _, _ in OfflineTransport() }
    let faults = host.load(try deployment.config(), catalog: try deployment.catalog(), libraryFolders: [])
    #expect(faults.isEmpty)
    host.start()
    let worker = try #require(host.seats.first?.worker)
    let first = worker.pid
    let end = clock.now().mono + 60_000_000_000
    while worker.restarts == 0, clock.now().mono < end { lane.run(until: clock.now().mono + 20_000_000) }
    #expect(worker.restarts > 0 && worker.pid != first)
    // Stopping ends the second one as well.
    let fault = worker.lastFault
    host.stop()
    return fault
  }

  @Test(arguments: [
    ("for (;;);", "did not answer an input"), ("for (;;) write(7, \"12345678\", 8);", "it wakes the host"),
    ("for (;;) log_line(\"flood \");", "64 MiB of records"),
  ]) func whatDoesNotComeBackIsEnded(attack: String, words: String) throws {
    let fault = try run(attack) { budgets in
      budgets.input = 500_000_000
      guard attack.contains("write") else { return }
      // Where the machine is busy, the host hears of few of many.
      (budgets.input, budgets.emptyWakes) = (20_000_000_000, 20)
    }
    #expect(fault.contains(words), "\(fault)")
  }

  /// One that waits for what never comes uses no processor time at all.
  @Test func whatWaitsForEverIsEnded() throws {
    let wait = "pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; pthread_mutex_lock(&m); pthread_mutex_lock(&m);"
    let fault = try run(wait) { $0.inputAtMost = 1_000_000_000 }
    #expect(fault.contains("did not answer an input"), "\(fault)")
  }

  /// What the configuration says of one connector goes before what holds for all.
  @Test func budgetsOfTheConfigurationCount() throws {
    let fault = try run("for (;;);", budget: #"{"input_ms": 200}"#)
    #expect(fault == "it did not answer an input within 200 ms", "\(fault)")
  }

  @Test func memoryOfTheConfigurationCounts() throws {
    let grow = "char *more = malloc(40 << 20); if (!more) _exit(9); memset(more, 1, 40 << 20); timer(1, 1000000);"
    let fault = try run(grow, budget: #"{"memory_megabytes": 96}"#)
    #expect(fault.contains("exit code 9"), "\(fault)")
  }
}
