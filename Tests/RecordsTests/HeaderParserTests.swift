import HeaderTool
import Testing

/// What the header's reader understands, and the slips in a header that it refuses.
struct HeaderParserTests {
  @Test func readsStructsEnumsAndComments() throws {
    let header = try parseHeader(
      """
      /* The opening. */
      #pragma once
      #ifdef __cplusplus
      extern "C" {
      #endif
      #define PB_X 7u /* a value */
      /* ==== Chapter ==== */
      /** A record.
       * Two lines. */
      typedef struct pb_x {
        uint32_t a; /* first
                     * and on */
        uint32_t b;
        void *(*call)(const struct pb_x *x, int32_t n);
        const char *const *names;
      } pb_x;
      enum {
        PB_A = 1 /* one */,
        PB_B, /* two */
        /* group */
        PB_C = 0x10
      };
      """)
    let structure = try #require(header.structure("pb_x"))
    #expect(structure.doc == "A record. Two lines.")
    #expect(structure.fields.map(\.name) == ["a", "b", "call", "names"])
    #expect(structure.fields.map(\.offset) == [0, 4, 8, 16])
    #expect(structure.fields[0].comment == "first and on")
    #expect(structure.fields[2].type == "void *(*call)(const struct pb_x *x, int32_t n)")
    #expect(structure.fields[3].type == "const char *const *")
    #expect((structure.size, structure.alignment) == (24, 8))
    #expect(header.value("PB_B") == 2)
    #expect(header.value("PB_C") == 16)
    guard case .enumeration(let found)? = header.items.last else { throw ParserTestError() }
    #expect(found.cases.map(\.group) == [nil, nil, "group"])
    #expect(found.cases.map(\.comment) == ["one", "two", ""])
  }

  @Test(arguments: [
    ("typedef struct pb_x {\n  uint32_t a;\n  uint64_t b;\n} pb_x;", 3, "padding must be a named field"),
    ("typedef struct pb_x {\n  uint64_t a;\n  uint32_t b;\n} pb_x;", 3, "padding at its end"),
    ("typedef struct pb_x {\n  uint32_t a;\n  odd_t b;\n} pb_x;", 3, "unknown type odd_t"),
    ("typedef struct pb_x {\n  uint32_t a;\n} pb_y;", 3, "one name"),
    ("typedef struct pb_x {\n  uint32_t a\n", 2, "expected"),
    ("/* no end", 1, "comment without an end"),
    ("#ifdef X\n", 1, "#if without #endif"),
    ("enum { PB_A = x };", 1, "expected a number"),
  ])
  func slipsAreRefusedWithTheirLine(_ text: String, _ line: Int, _ message: String) {
    let fault = #expect(throws: HeaderFault.self) { try parseHeader(text) }
    #expect(fault?.message.contains(message) == true)
    #expect(fault?.line == line)
  }

  @Test func listsMustSayWhatTheyHold() throws {
    let text = """
      typedef struct pb_list {
        uint32_t offset;
        uint32_t count;
      } pb_list;
      /** PB_EV_X: a record. */
      typedef struct pb_x {
        uint64_t rec;
        pb_list items; /* many things */
      } pb_x;
      """
    let header = try parseHeader(text)
    let fault = #expect(throws: HeaderFault.self) { try header.recordShapes() }
    #expect(fault?.message.contains("pb_x.items") == true)
    let unknown = try parseHeader(text.replacing("many things", with: "of pb_nothing"))
    #expect(throws: HeaderFault.self) { try unknown.recordShapes() }
  }
}

private struct ParserTestError: Error {}
