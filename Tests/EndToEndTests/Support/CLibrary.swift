import Foundation

/// The source of a small connector library in C, right but for what a test changes.
struct CLibrary {
  var magic = "PB_MAGIC"
  var revision = "PB_ABI_REVISION"
  var entrySize = "sizeof(pb_entry)"
  var count = "1"
  var connectors = "connectors"
  var element = "&connector"
  var connectorSize = "sizeof(pb_connector)"
  var connectorRevision = "PB_ABI_REVISION"
  var descriptor: String? = CLibrary.descriptor()
  var create = "create"
  var deliver = "deliver"
  var destroy = "destroy"
  /// Definition of the exported symbol; `entry` is the table.
  var export = "const pb_entry *patchbay_entry(void) { return &entry; }"
  /// Statements of the functions. `host`, `self`, `input` are in scope, and what `helpers` defines.
  var createBody = "*self = calloc(1, 8); return PB_OK;"
  var deliverBody = "return PB_OK;"
  var destroyBody = "free(self);"
  /// Definitions before the functions.
  var helpers = ""

  static func descriptor(
    id: String = "bad", name: String = "Bad", version: String = "1.0.0", kind: String = "spot", hosts: String = "[]",
    extensions: String = "[]", credentials: String = "[]"
  ) -> String {
    """
    {"id": "\(id)", "name": "\(name)", "version": "\(version)", "kind": "\(kind)", "hosts": \(hosts), \
    "extensions": \(extensions), "credentials": \(credentials), "channels": ["book"]}
    """
  }

  /// A library constructor that leaves a file behind, to tell whether any code of a library has run.
  static func constructor(leaving file: String) -> String {
    """
    __attribute__((constructor)) static void begin(void) {
      FILE *file = fopen("\(file)", "w");
      if (file) fclose(file);
    }
    """
  }

  var source: String {
    let text = descriptor.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" } ?? "0"
    return """
      #include "patchbay.h"
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      static const pb_host *the_host;
      static uint64_t the_seq;
      \(helpers)
      static pb_status create(const pb_host *host, pb_span config, void **self) {
        (void)config; (void)self; the_host = host; the_seq = 0;
        \(createBody)
      }
      static pb_status deliver(void *self, const pb_input *input, pb_span payload) {
        (void)self; (void)payload; the_seq = input->rec.seq;
        \(deliverBody)
      }
      static void destroy(void *self) { \(destroyBody) }
      static const pb_connector connector = {
        \(connectorSize), \(connectorRevision), \(text), \(create), \(deliver), \(destroy)};
      static const pb_connector *const connectors[] = {\(element)};
      static const pb_entry entry = {\(magic), \(revision), \(entrySize), \(count), \(connectors)};
      \(export)
      """
  }

  /// Compiles it and gives the library's path. `flags` go to the linker.
  func build(in scratch: Scratch, as name: String = "libbad.so", flags: [String] = []) throws -> String {
    let source = try scratch.write(source, "\(name).c")
    let library = scratch.path(name)
    try CLibrary.compile(source, to: library, flags: flags)
    return library
  }

  static func compile(_ source: String, to library: String, flags: [String] = []) throws {
    // Written beside and renamed, as a package manager does: a new inode at the same path.
    let fresh = library + ".new"
    let cc = ["cc", "-std=c11", "-w", "-shared", "-fPIC", "-I", headerFolder, "-o", fresh, source]
    let result = try run(cc + flags)
    guard result.status == 0 else { throw ToolFailure(description: result.errors) }
    guard rename(fresh, library) == 0 else { throw ToolFailure(description: "rename: \(errno)") }
  }
}
