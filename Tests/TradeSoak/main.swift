import Glibc

// Trading over real sockets while the host is killed; see SoakOptions.usage.

signal(SIGPIPE, SIG_IGN)

guard let options = SoakOptions(Array(CommandLine.arguments.dropFirst())) else {
  Console.complain(SoakOptions.usage)
  exit(64)
}

do {
  if options.isChild {
    guard let folder = options.folder else { throw SoakHost.Failure("--child needs --folder") }
    exit(try SoakHost(options, folder: folder).run())
  }
  let folder = try SoakFolder(options.folder)
  let isGood = try SoakRun(options, folder: folder.path).run()
  if isGood { folder.remove() }
  exit(isGood ? 0 : 1)
} catch {
  // The parent counts this as wrong; on its own it is for people.
  if options.isChild { Console.say("wrong the host does not start: \(error)") }
  Console.complain("trade-soak: \(error)\n")
  exit(1)
}
