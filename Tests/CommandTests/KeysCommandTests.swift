import Foundation
import Testing
import Vault

@testable import patchbay

/// Runs `patchbay keys` in a folder of its own, with a terminal that answers what it is reported to.
private final class Terminal {
  let folder: String
  var answers: [String] = []
  private(set) var asked: [String] = []
  private(set) var output = ""
  private(set) var errors = ""
  /// Everything that was ever printed.
  private(set) var shown = ""
  var password: String? = "correct horse"
  private let registry: String
  var store: String { folder + "/keys" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-keys-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    registry =
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "registry.json").path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    return "\(folder)/\(name)"
  }

  func run(_ arguments: String...) -> Int32 {
    (output, errors, asked) = ("", "", [])
    var environment = CommandEnvironment(
      variables: [:], password: password.flatMap { SecretBytes($0.utf8) }.map(GivenPassword.init),
      executableFolder: folder, terminalWidth: nil,
      output: { self.output += $0 }, error: { self.errors += $0 + "\n" })
    environment.ask = { prompt, isSecret in
      self.asked.append(prompt + (isSecret ? "*" : ""))
      return self.answers.isEmpty ? nil : Array(self.answers.removeFirst().utf8)
    }
    let code = KeysCommand.run(arguments + ["--registry", registry, "--store", store], environment: environment)
    shown += output + errors
    return code
  }
}

@Suite struct KeysCommandTests {
  @Test func anAccountIsAskedForListedTestedAndRemoved() throws {
    let terminal = try Terminal()
    terminal.answers = ["kraken-key-id", "a3Jha2VuLXNlY3JldA=="]
    #expect(terminal.run("add", "kraken") == 0, "\(terminal.errors)")
    #expect(terminal.asked == ["Kraken API key: ", "Kraken API secret: *"])
    #expect(terminal.output == "added account main of kraken to \(terminal.store)\n")
    #expect(terminal.run("list") == 0 && terminal.output == "kraken  main  api_key, secret_key\n")
    #expect(terminal.run("test", "kraken") == 0)
    #expect(terminal.output == "account main of kraken: HMAC with secret_key\na sample was signed: 64 bytes\n")
    #expect(terminal.run("add", "kraken") == 1 && terminal.errors.contains("has an account \"main\" already"))
    #expect(terminal.run("remove", "kraken", "--account", "other") == 1 && terminal.errors.contains("it has main"))
    #expect(terminal.run("remove", "kraken") == 0)
    #expect(terminal.run("list") == 0 && terminal.output == "no accounts\n")
    #expect(!terminal.shown.contains("a3Jha2VuLXNlY3JldA") && !terminal.shown.contains("kraken-key-id"))
  }

  @Test func scriptsGiveFieldsByFile() throws {
    let terminal = try Terminal()
    let seed = "0000000000000000000000000000000000000000000000000000000000000001"
    let secret = try terminal.file("secret", seed + "\n")
    #expect(
      terminal.run(
        "add", "binance", "--account", "wallet", "--field", "api_key=id", "--field", "secret_key=@\(secret)", "--form",
        "secret_key=secp256k1-hex") == 0, "\(terminal.errors)")
    #expect(terminal.run("test", "binance", "--account=wallet") == 0, "\(terminal.errors)")
    #expect(
      terminal.output == """
        account wallet of binance: secp256k1
        public key: 0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798
        EVM address: 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf
        Cosmos address: cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c
        XRPL address: rBgGZ9tc4him9KBzD8fKFiQz3fSZpaSwMH
        a sample was signed: 65 bytes

        """)
    let object = try terminal.file("object", #"{"api_key": "id", "secret_key": "plain-secret"}"#)
    #expect(terminal.run("add", "binance", "--from-file", object) == 0, "\(terminal.errors)")
    #expect(terminal.run("list", "binance") == 0)
    #expect(
      terminal.output == "binance  main  api_key, secret_key\nbinance  wallet  api_key, secret_key (secp256k1-hex)\n")
    #expect(terminal.asked.isEmpty && !terminal.shown.contains(seed) && !terminal.shown.contains("plain-secret"))
  }

  @Test func walletsHaveWordsAndAPath() throws {
    let terminal = try Terminal()
    let words = "test test test test test test test test test test test"
    func add(_ text: String) throws -> Int32 {
      let file = try terminal.file("words", text)
      return terminal.run(
        "add", "balancer", "--field", "private_key=@\(file)", "--form", "private_key=mnemonic")
    }
    #expect(try add("\(words) junk\n") == 1 && terminal.errors.contains("does not end with a derivation path"))
    #expect(try add("\(words) test m/44'/60'/0'/0/0\n") == 1 && terminal.errors.contains("its checksum does not fit"))
    #expect(try add("\(words) jonk m/44'/60'/0'/0/0\n") == 1 && terminal.errors.contains("word 12 is not in BIP-39's"))
    #expect(try add("\(words) junk m/44'/60'/x/0/0\n") == 1 && terminal.errors.contains("step 3 of its path"))
    #expect(try add("\(words) junk m/44'/60'/0'/0/0\n") == 0, "\(terminal.errors)")
    #expect(terminal.run("list") == 0 && terminal.output == "balancer  main  private_key (mnemonic)\n")
    #expect(terminal.run("test", "balancer") == 0, "\(terminal.errors)")
    #expect(terminal.output.contains("EVM address: 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n"))
    #expect(!terminal.shown.contains("junk") && !terminal.shown.contains("jonk"))
  }

  @Test func ed25519KeysSignTheirSample() throws {
    let terminal = try Terminal()
    let seed = try terminal.file("seed", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    #expect(
      terminal.run(
        "add", "binance", "--field", "api_key=id", "--field", "secret_key=@\(seed)", "--form", "secret_key=ed25519-hex")
        == 0)
    #expect(terminal.run("test", "binance") == 0)
    #expect(
      terminal.output == """
        account main of binance: Ed25519
        public key: 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
        a sample was signed: 64 bytes

        """)
  }

  @Test func mistakesAreToldAndChangeNothing() throws {
    let terminal = try Terminal()
    #expect(terminal.run("list") == 1 && terminal.errors.contains("there is no key store"))
    #expect(terminal.run("add", "krakn") == 1 && terminal.errors.contains("did you mean \"kraken\"?"))
    #expect(terminal.run("add", "paper") == 1 && terminal.errors.contains("has no credentials"))
    #expect(terminal.run("add", "kraken", "--field", "api_key=a", "--field", "secret_key=topsecret") == 1)
    #expect(terminal.errors.contains("must not stand on the command line") && !terminal.errors.contains("topsecret"))
    #expect(
      terminal.run("add", "kraken", "--field", "api_key=a") == 1
        && terminal.errors.contains("needs the field \"secret_key\""))
    #expect(terminal.run("add", "kraken") == 1 && terminal.errors.contains("no terminal to ask for api_key"))
    let broken = try terminal.file("broken", #"{"secret_key": "topsecret" "#)
    #expect(terminal.run("add", "kraken", "--from-file", broken) == 1 && !terminal.errors.contains("topsecret"))
    let bad = try terminal.file("bad", "not hex")
    #expect(
      terminal.run(
        "add", "kraken", "--field", "api_key=a", "--field", "secret_key=@\(bad)", "--form", "secret_key=hex") == 1)
    #expect(terminal.errors.contains("secret_key: this is not a secret in hexadecimal digits"))
    #expect(terminal.run("add", "kraken", "--form", "secret_key=hexx", "--field", "api_key=a") == 1)
    #expect(terminal.errors.contains("Did you mean"))
    #expect(!FileManager.default.fileExists(atPath: terminal.store))
    #expect(terminal.run("forget") == 64 && terminal.run("add") == 64 && terminal.run("test") == 64)
  }

  @Test func thePasswordComesFromFileVariableOrTerminal() throws {
    let terminal = try Terminal()
    terminal.password = nil
    terminal.answers = ["one", "two"]
    #expect(terminal.run("add", "kraken") == 1 && terminal.errors.contains("differ"))
    terminal.answers = ["typed", "typed", "id", "c2VjcmV0LW9uZQ=="]
    #expect(terminal.run("add", "kraken") == 0)
    #expect(terminal.asked.first == "Password of \(terminal.store): *")
    terminal.answers = ["wrong"]
    #expect(terminal.run("list") == 1 && terminal.errors.contains("the password is wrong"))
    let file = try terminal.file("password", "typed\nsecond line\n")
    #expect(terminal.run("list", "--password-file", file) == 0 && terminal.asked.isEmpty)
    terminal.answers = []
    #expect(terminal.run("list") == 1 && terminal.errors.contains("--password-file or PATCHBAY_PASSWORD"))
    terminal.password = "typed"
    #expect(terminal.run("list") == 0)
    terminal.password = ""
    #expect(terminal.run("list") == 1 && terminal.errors.contains("the password is empty"))
  }
}
