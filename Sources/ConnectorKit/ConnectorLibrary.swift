import CPatchbay

/// The C side of a library: what `patchbay_entry` gives to the host. In the plugin's entry target:
///
///     nonisolated(unsafe) private let library = connectorLibrary([
///       connectorTable(descriptor: Spot.descriptor) { makeConnector(Spot.self, $0, $1, $2) },
///     ])
///
///     @c(patchbay_entry) @implementation
///     public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
///
/// The closure is what makes each connector of a library its own C function. The tables live as long as the process.
public func connectorLibrary(_ connectors: [UnsafePointer<pb_connector>]) -> UnsafePointer<pb_entry> {
  let list = UnsafeMutablePointer<UnsafePointer<pb_connector>?>.allocate(capacity: connectors.count)
  for (index, connector) in connectors.enumerated() { (list + index).initialize(to: connector) }
  let entry = UnsafeMutablePointer<pb_entry>.allocate(capacity: 1)
  entry.initialize(
    to: pb_entry(
      magic: UInt32(PB_MAGIC), revision: UInt32(PB_ABI_REVISION), size: UInt32(MemoryLayout<pb_entry>.size),
      count: UInt32(connectors.count), connectors: UnsafePointer(list)))
  return UnsafePointer(entry)
}

public typealias CreateFunction =
  @convention(c) (UnsafePointer<pb_host>?, pb_span, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> pb_status

/// The table of one connector.
public func connectorTable(descriptor: StaticString, create: @escaping CreateFunction) -> UnsafePointer<pb_connector> {
  let table = UnsafeMutablePointer<pb_connector>.allocate(capacity: 1)
  table.initialize(
    to: pb_connector(
      size: UInt32(MemoryLayout<pb_connector>.size), revision: UInt32(PB_ABI_REVISION),
      descriptor_json: UnsafeRawPointer(descriptor.utf8Start).assumingMemoryBound(to: CChar.self), create: create,
      deliver: { deliver($0, $1, $2) }, destroy: { destroy($0) }))
  return UnsafePointer(table)
}

/// Makes an instance of `type` for the host. A configuration that cannot be used is logged as an error.
public func makeConnector(
  _ type: Connector.Type, _ host: UnsafePointer<pb_host>?, _ json: pb_span,
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> pb_status {
  guard let host, let result else { return Status.argument.rawValue }
  result.pointee = nil
  let out = Output(host: host)
  do {
    let config = try ConnectorConfig(UnsafeBufferPointer(start: json.ptr, count: Int(json.len)))
    result.pointee = Unmanaged.passRetained(try type.init(config: config, out: out)).toOpaque()
    return Status.ok.rawValue
  } catch {
    out.fault(.other, "\(error)")
    out.free()
    return Status.argument.rawValue
  }
}

private func destroy(_ pointer: UnsafeMutableRawPointer?) {
  guard let pointer else { return }
  let connector = Unmanaged<Connector>.fromOpaque(pointer)
  connector._withUnsafeGuaranteedRef { $0.out.free() }
  connector.release()
}

private func deliver(
  _ pointer: UnsafeMutableRawPointer?, _ input: UnsafePointer<pb_input>?, _ payload: pb_span
) -> pb_status {
  guard let pointer, let input else { return Status.argument.rawValue }
  return Unmanaged<Connector>.fromOpaque(pointer)._withUnsafeGuaranteedRef { connector in
    let state = connector.out.state
    state.pointee.seq = input.pointee.rec.seq
    state.pointee.now = Time(mono: input.pointee.mono_ns, wall: input.pointee.wall_ns, venue: input.pointee.venue_ns)
    let bytes = UnsafeBufferPointer(start: payload.ptr, count: Int(payload.len))
    let view = RecordView(base: UnsafeRawPointer(input))
    if Int(input.pointee.rec.kind) == PB_IN_FRAME {
      let frame = view.fixed(pb_in_stream.self, zero: pb_in_stream())
      return connector.frame(frame.stream, bytes, isBinary: frame.opcode == UInt32(PB_OPCODE_BINARY)).rawValue
    }
    return dispatch(connector, view, Int(input.pointee.rec.kind), bytes).rawValue
  }
}

/// Everything but frames.
private func dispatch(
  _ connector: Connector, _ view: RecordView, _ kind: Int, _ payload: UnsafeBufferPointer<UInt8>
) -> Status {
  switch kind {
  case PB_IN_START:
    let start = view.fixed(pb_in_start.self, zero: pb_in_start())
    connector.start(trading: start.flags & UInt32(PB_START_TRADING) != 0)
  case PB_IN_STOP: connector.stop()
  case PB_IN_ACCOUNT: connector.account(Account(view))
  case PB_IN_OPENED:
    let stream = view.fixed(pb_in_stream.self, zero: pb_in_stream())
    connector.opened(stream.stream, published: Published(view: view, list: stream.published))
  case PB_IN_CLOSED:
    let stream = view.fixed(pb_in_stream.self, zero: pb_in_stream())
    connector.closed(stream.stream, code: stream.code, reason: view.text(stream.reason))
  case PB_IN_SENT:
    connector.sent(Reply(view: view, fields: view.fixed(pb_in_reply.self, zero: pb_in_reply())))
  case PB_IN_REPLY:
    return connector.reply(Reply(view: view, fields: view.fixed(pb_in_reply.self, zero: pb_in_reply())), payload)
  case PB_IN_TIMER: connector.timer(view.fixed(pb_in_timer.self, zero: pb_in_timer()).timer)
  case PB_IN_COMMAND: return connector.command(Command(view: view))
  default: return .unsupported
  }
  return .ok
}

extension Account {
  init(_ view: RecordView) {
    let fields = view.fixed(pb_in_account.self, zero: pb_in_account())
    id = fields.account
    isPresent = fields.present != 0
    algorithm = fields.algorithm
    label = view.text(fields.label)
    publicFields = (0..<Int(fields.public_fields.count)).map { index in
      let pair = view.element(fields.public_fields, index, of: pb_pair.self)
      return (view.text(pair.name), view.text(pair.value))
    }
  }
}
