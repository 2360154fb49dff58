import Foundation
import Testing

@testable import patchbay

/// `patchbay new`: names, what is there already, and that nothing of the templates' own names is left.
struct NewCommandTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  @Test func namesHaveTheFormsThatFilesNeed() throws {
    let name = try ProjectName("my_exchange2")
    #expect(name.type == "MyExchange2" && name.host == "my-exchange2")
  }

  @Test(arguments: [
    ("My Exchange", "\"my_exchange\""), ("2fast", "\"fast\""), ("", "\"my_exchange\""), ("int", "\"int_exchange\""),
    ("a__b", "two in a row"), ("../x", "\"x\""), ("decimals", "\"decimals_exchange\""),
  ])
  func aNameThatCannotBeSaysWhatCould(name: String, remedy: String) throws {
    let problem = #expect(throws: (any Error).self) { _ = try ProjectName(name) }
    #expect("\(try #require(problem))".contains(remedy))
  }

  @Test(arguments: ProjectLanguage.allCases, ProjectShape.allCases)
  func everyLanguageHasEveryShape(language: ProjectLanguage, shape: ProjectShape) throws {
    let sources = try SourceFolder(Self.root, executableFolder: "/nowhere")
    #expect(try ProjectTemplate(name: ProjectName("x"), language: language, shape: shape, sources: sources).exists)
  }

  @Test(arguments: ProjectLanguage.allCases, ProjectShape.allCases)
  func everyProjectIsWholeAndNamed(language: ProjectLanguage, shape: ProjectShape) throws {
    let folder = NSTemporaryDirectory() + "patchbay-new-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sources = try SourceFolder(Self.root, executableFolder: "/nowhere")
    let project = ProjectTemplate(
      name: try ProjectName("foam_dock"), language: language, shape: shape, sources: sources)
    let count = try project.write(to: folder)
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
    var texts = 0
    for file in files {
      guard let text = try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8) else { continue }
      texts += 1
      #expect(!text.lowercased().contains("sandbar") && !file.lowercased().contains("sandbar"), "\(file)")
      for mark in ["@PATCHBAY@", "@HOST@", "@DOCS@", "@FILES@"] { #expect(!text.contains(mark), "\(file)") }
      #expect(!text.contains("foam_dock.example"), "no host has an underscore: \(file)")
    }
    #expect(texts == count && count >= 10)
    for file in ["Makefile", "README.md", "EXCHANGE.md", "manifest.json", "certification.json", ".gitignore"] {
      #expect(files.contains(file))
    }
    // What is there stays.
    let before = try String(contentsOfFile: "\(folder)/Makefile", encoding: .utf8)
    #expect(throws: (any Error).self) { try project.write(to: folder) }
    #expect(try String(contentsOfFile: "\(folder)/Makefile", encoding: .utf8) == before)
  }
}
