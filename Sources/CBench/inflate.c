#include "cbench.h"

#include <zlib.h>

size_t cbench_inflate(const uint8_t *bytes, size_t count, const uint8_t **text) {
  static z_stream stream;
  static uint8_t room[1 << 20];
  static int is_made;
  if (!is_made && inflateInit2(&stream, 15 + 32) != Z_OK) return 0;
  is_made = 1;
  if (inflateReset(&stream) != Z_OK) return 0;
  stream.next_in = (uint8_t *)bytes;
  stream.avail_in = (unsigned)count;
  stream.next_out = room;
  stream.avail_out = sizeof room;
  if (inflate(&stream, Z_FINISH) != Z_STREAM_END) return 0;
  *text = room;
  return sizeof room - stream.avail_out;
}
