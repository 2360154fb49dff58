// Paper
import CPatchbay

nonisolated(unsafe) let table = UnsafeMutablePointer<pb_entry>.allocate(capacity: 1)

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>! { UnsafePointer(table) }
