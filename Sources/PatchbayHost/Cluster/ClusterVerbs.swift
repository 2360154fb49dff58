import Cluster
import Control
import JSONTree

/// `cluster`: how the cluster stands, as this host knows it.
enum ClusterVerbs {
  static func cluster(_ call: ControlCall, _ node: ClusterNode?) {
    guard let node else {
      return call.fail(
        "no_cluster", "this host is alone; docs/cluster.md says what `cluster` in its configuration does")
    }
    call.reply(json(node))
  }

  package static func json(_ node: ClusterNode) -> JSONValue {
    let status = node.status
    let now = BootClock.now()
    return [
      "cluster": JSONValue(.string(node.settings.name)), "host": JSONValue(.string(node.settings.host)),
      "servers": JSONValue(.array(node.settings.servers.map { JSONValue(.string($0)) })),
      "connected": JSONValue(.bool(status.isConnected)), "joined": JSONValue(.bool(status.isJoined)),
      "trouble": status.trouble.map { JSONValue(.string($0)) } ?? nil,
      "lease_seconds": JSONValue(.number("\(node.settings.leaseSeconds)")),
      "durable": JSONValue(.string(node.settings.durable.rawValue)),
      "accounts": JSONValue(.array(status.leases.map { account($0, node, now) })),
    ]
  }

  private static func account(
    _ lease: (key: String, standing: Lease.Standing, isClosed: Bool), _ node: ClusterNode, _ now: Int64
  ) -> JSONValue {
    let parts = lease.key.split(separator: ".", maxSplits: 2)
    var row: [JSONMember] = [
      JSONMember("exchange", JSONValue(.string(parts.count > 1 ? String(parts[1]) : ""))),
      JSONMember("account", JSONValue(.string(parts.count > 2 ? String(parts[2]) : ""))),
    ]
    var (host, fence, left): (String?, UInt64?, Int64?) = (nil, nil, nil)
    switch lease.standing {
    case .unknown: break
    case .standby(let entry):
      if let word = entry.word, !word.isReleased, !word.isVacant { (host, fence) = (word.host, entry.fence) }
    case .holder(let number, let until): (host, fence, left) = (node.settings.host, number, max(0, until - now))
    }
    row.append(JSONMember("owner", host.map { JSONValue(.string($0)) } ?? nil))
    row.append(JSONMember("lease", fence.map { JSONValue(.number("\($0)")) } ?? nil))
    row.append(JSONMember("left_ms", left.map { JSONValue(.number("\($0 / 1_000_000)")) } ?? nil))
    row.append(JSONMember("out", JSONValue(.bool(lease.isClosed))))
    return JSONValue(.object(row))
  }
}
