import Foundation
import JSONTree
import Testing

@testable import Gateway

/// The files of the web page, and who may ask from it. What it does in a browser is tried by `make test-page`.
@Suite struct PageTests {
  private func folder(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "page-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
    return folder
  }

  @Test func filesOfKnownKindsAreRead() throws {
    let page = try folder(["index.html": "<p>", "a.js": "1", ".hidden.js": "2", "key.pem": "3", "bare": "4"])
    let charts = try folder(["dygraph.min.js": "chart", "dygraph.min.css": "css"])
    defer { for path in [page, charts] { try? FileManager.default.removeItem(atPath: path) } }
    let files = PageFiles(folders: ["/nonexistent", page], chartFolder: charts)
    #expect(Set(files.files.keys) == ["index.html", "a.js", "dygraph.js", "dygraph.css"])
    #expect(files.files["a.js"]?.type == "text/javascript; charset=utf-8")
    #expect(files.files["dygraph.js"]?.bytes == Array("chart".utf8))
    let bare = PageFiles(folders: [page], chartFolder: "/nonexistent")
    #expect(bare.isThere && !bare.hasCharts)
    #expect(!PageFiles(folders: ["/nonexistent"]).isThere)
  }

  @Test func theTreesPageIsWhole() throws {
    let files = PageFiles(folders: ["\(packageRoot)/page"]).files
    let index = try #require(files["index.html"].map { String(decoding: $0.bytes, as: UTF8.self) })
    // What is named in it, and in its modules, is there.
    var named = index.matches(of: /\/page\/([a-z.]+)/).map { String($0.output.1) }
    for (name, file) in files where name.hasSuffix(".js") && !name.hasPrefix("dygraph") {
      let text = String(decoding: file.bytes, as: UTF8.self)
      named += text.matches(of: /from "\.\/([a-z]+\.js)"/).map { String($0.output.1) }
    }
    #expect(named.count > 20)
    for name in named { #expect(files[name] != nil, "\(name)") }
  }

  @Test func thePageIsServedWithAStrictPolicy() throws {
    let host = try PaperHost(page: PageFiles(folders: ["\(packageRoot)/page"], chartFolder: "/nonexistent"))
    let page = try host.ask("GET", "/", headers: ["Authorization": ""])
    #expect(page.status == 200 && page.text.hasPrefix("<!doctype html>"))
    #expect(page.headers.contains("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"))
    #expect(!page.headers.contains("unsafe"))
    #expect(try host.ask("GET", "/page/app.js").headers.contains("Content-Type: text/javascript"))
    for path in ["/page/none.js", "/page/..%2fpatchbay.json", "/page/", "/page/a/b"] {
      #expect(try host.ask("GET", path).status == 404, "\(path)")
    }
    let charts = try host.ask("GET", "/page/dygraph.js")
    #expect(charts.status == 404 && charts.body["error"]?["remedy"]?.string == "apt-get install libjs-dygraphs")
    #expect(try host.ask("POST", "/", ["a": 1]).status == 405)
    // A page of this host may ask it, by the name it was called by; nobody else's may.
    let own = "http://127.0.0.1:\(host.port)"
    #expect(try host.ask("GET", "/v1/host", headers: ["Origin": own]).status == 200)
    for other in ["http://127.0.0.1:1", "https://127.0.0.1:\(host.port)", "http://localhost:\(host.port)", "null"] {
      #expect(try host.ask("GET", "/v1/host", headers: ["Origin": other]).status == 403, "\(other)")
    }
    let bound = ["Host": "attacker.example:\(host.port)", "Origin": "http://attacker.example:\(host.port)"]
    #expect(try host.ask("GET", "/v1/host", headers: bound).status == 403)
  }

  @Test func withoutItsFilesThePageSaysSo() throws {
    let host = try PaperHost()
    let page = try host.ask("GET", "/")
    #expect(page.status == 404 && page.body["error"]?["message"]?.string == "the web page is not installed")
  }

  @Test func theRegistryHasTierLabelAndLifecycle() throws {
    let host = try PaperHost()
    let all = try host.ask("GET", "/v1/registry").body["exchanges"]?.array ?? []
    let ftx = try #require(all.first { $0["id"]?.string == "ftx" })
    #expect(ftx["lifecycle"]?["state"]?.string == "closed" && ftx["lifecycle"]?["since"]?.string == "2022-11")
    #expect(ftx["status"]?["measured"]?.bool == true && ftx["markets"]?.array?.first?.string == "spot")
    let terra = try #require(all.first { $0["id"]?.string == "terra" })
    #expect(terra["status"]?["measured"]?.bool == false && terra["status"]?["amm"]?.string == "green")
    let paper = try #require(all.first { $0["id"]?.string == "paper" })
    #expect(paper["tier"]?.string == "gold" && paper["enabled"]?.bool == true && paper["installed"]?.bool == true)
  }

  @Test func statusSaysWhetherMoneyIsRealAndTradingIsStopped() throws {
    let host = try PaperHost()
    func paper() throws -> JSONValue? {
      try host.ask("GET", "/v1/connectors").body["connectors"]?.array?.first { $0["connector"]?.string == "paper" }
    }
    #expect(try paper()?["real_money"]?.bool == false && paper()?["halted"]?.isNull == true)
    #expect(try host.ask("POST", "/v1/halt", ["reason": "a drill"]).status == 200)
    #expect(try paper()?["halted"]?.string == "a drill")
  }
}
