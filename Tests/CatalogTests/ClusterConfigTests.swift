import Testing

@testable import Catalog

@Suite struct ClusterConfigTests {
  private func cluster(_ text: String) throws(Problems) -> Config.Cluster? {
    let text = "{\"schema\":1,\"cluster\":\(text)}"
    return try Config.parse(bytes: Array(text.utf8), file: "patchbay.json", environment: [:]).cluster
  }

  private func problem(_ text: String) -> String? {
    do throws(Problems) {
      _ = try cluster(text)
      return nil
    } catch {
      return error.all.first?.description
    }
  }

  @Test func isReadWhole() throws {
    let read = try cluster(
      #"""
      {"host":"a","name":"desk","servers":["nats://127.0.0.1:4222","tls://n2:4222"],"login_file":"host.creds",
       "tls":{"authorities":"ca.pem","certificate":"a.pem","key":"a.key"},"lease_seconds":10,"durable":"cluster",
       "replicas":3,"cancel_without_lease":false}
      """#)
    var wanted = Config.Cluster(host: "a", servers: ["nats://127.0.0.1:4222", "tls://n2:4222"])
    (wanted.name, wanted.loginFile) = ("desk", "host.creds")
    wanted.tls = Config.Cluster.TLS(authorities: "ca.pem", certificate: "a.pem", key: "a.key")
    (wanted.leaseSeconds, wanted.durable, wanted.replicas, wanted.cancelsWithoutLease) = (10, .cluster, 3, false)
    #expect(read == wanted)
  }

  @Test func isLeftOutWithoutAWord() throws {
    #expect(try cluster("null") == nil)
    let least = try cluster(#"{"host":"a","servers":["nats://n:1"]}"#)
    #expect(least?.leaseSeconds == 6 && least?.durable == .local && least?.replicas == 1 && least?.name == "patchbay")
  }

  @Test(arguments: [
    (#"{"servers":["nats://n:1"]}"#, "host"), (#"{"host":"a"}"#, "servers"),
    (#"{"host":"A b","servers":["nats://n:1"]}"#, "cluster.host"),
    (#"{"host":"a","servers":[]}"#, "cluster.servers: names no server"),
    (#"{"host":"a","servers":["http://n"]}"#, "is no server of NATS"),
    (#"{"host":"a","servers":["nats://u:p@n:1"]}"#, "looks like a secret"),
    (#"{"host":"a","servers":["nats://n:1"],"replicas":2}"#, "bear no more"),
    (#"{"host":"a","servers":["nats://n:1"],"lease_seconds":1}"#, "cluster.lease_seconds"),
    (#"{"host":"a","servers":["nats://n:1"],"tls":{"key":"k"}}"#, "needs its key"),
    (#"{"host":"a","servers":["nats://n:1"],"durable":"both"}"#, "cluster.durable"),
  ])
  func saysWhatIsWrong(_ text: String, _ words: String) {
    #expect(problem(text)?.contains(words) == true, "\(problem(text) ?? "nothing")")
  }
}
