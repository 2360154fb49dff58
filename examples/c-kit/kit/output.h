/* What a connector says to its host: one record after the other, each built in the same block of memory. */
#pragma once
#include "json.h"

#include <stdlib.h>

/** Bytes that grow. When memory is short it fails for good, which is asked once. */
typedef struct pbk_buf {
  uint8_t *ptr;
  size_t len, room;
  bool failed;
} pbk_buf;

/** Room for so many bytes behind what is there; null when there is none. */
static inline uint8_t *pbk_buf_grow(pbk_buf *buf, size_t count) {
  size_t end = 0;
  if (buf->failed || __builtin_add_overflow(buf->len, count, &end)) buf->failed = true;
  if (!buf->failed && end > buf->room) {
    size_t room = end + end / 2 + 64;
    uint8_t *ptr = room > end ? (uint8_t *)realloc(buf->ptr, room) : NULL;
    buf->failed = ptr == NULL;
    if (ptr) {
      buf->ptr = ptr;
      buf->room = room;
    }
  }
  if (buf->failed) return NULL;
  uint8_t *start = buf->ptr + buf->len;
  buf->len = end;
  return start;
}

static inline void pbk_buf_bytes(pbk_buf *buf, const void *bytes, size_t count) {
  uint8_t *place = count ? pbk_buf_grow(buf, count) : NULL;
  if (place) memcpy(place, bytes, count);
}
static inline void pbk_buf_text(pbk_buf *buf, const char *text) { pbk_buf_bytes(buf, text, strlen(text)); }
static inline void pbk_buf_number(pbk_buf *buf, uint64_t number) {
  char digits[20];
  size_t start = sizeof digits;
  do digits[--start] = (char)('0' + number % 10);
  while (number /= 10);
  pbk_buf_bytes(buf, digits + start, sizeof digits - start);
}
/** The bytes with a NUL behind them, as text; empty when memory was short. */
static inline const char *pbk_buf_string(pbk_buf *buf) {
  uint8_t *end = pbk_buf_grow(buf, 1);
  if (!end) return "";
  *end = 0;
  buf->len -= 1;
  return (const char *)buf->ptr;
}
static inline void pbk_buf_free(pbk_buf *buf) {
  free(buf->ptr);
  *buf = (pbk_buf){0};
}

/** The way out. One record is under construction at a time: its parts are appended to the block, and the structure that
 * names them is written in front of them when it is emitted. */
typedef struct pbk_out {
  const pb_host *host;
  uint64_t seq;
  int64_t mono_ns, wall_ns, venue_ns; /* the time of the input being delivered: the only time there is */
  pbk_buf block;
  bool overflown; /* a part did not fit into a record: nothing of it is emitted */
} pbk_out;

/** Begins a record whose structure has so many bytes. */
static inline void pbk_begin(pbk_out *out, size_t head) {
  out->overflown = false;
  out->block.len = 0;
  uint8_t *place = pbk_buf_grow(&out->block, head);
  if (place) memset(place, 0, head);
}

/** Where the next part stands; null when the record cannot hold it. */
static inline uint8_t *pbk_room(pbk_out *out, size_t count, uint32_t *offset) {
  *offset = (uint32_t)out->block.len;
  if (count > PB_MAX_RECORD - 8 || out->block.len + count > PB_MAX_RECORD - 8) out->overflown = true;
  return out->overflown ? NULL : pbk_buf_grow(&out->block, count);
}

/** Pads to a multiple of 8 with zeros. */
static inline void pbk_align(pbk_out *out) {
  uint32_t offset;
  size_t count = (8 - out->block.len % 8) % 8;
  uint8_t *place = count ? pbk_room(out, count, &offset) : NULL;
  if (place) memset(place, 0, count);
}

/** Appends bytes as they are. */
static inline pb_ref pbk_bytes(pbk_out *out, const void *bytes, size_t count) {
  pb_ref ref = {0};
  uint32_t offset;
  uint8_t *place = count ? pbk_room(out, count, &offset) : NULL;
  if (!place) return ref;
  memcpy(place, bytes, count);
  return (pb_ref){offset, (uint32_t)count};
}
/** Appends a text of the connector's own; none for null. */
static inline pb_ref pbk_str(pbk_out *out, const char *text) { return pbk_bytes(out, text, text ? strlen(text) : 0); }

/** The length of the UTF-8 character at a place; 0 where there is none. NUL is none: the contract excludes it. */
static inline size_t pbk_utf8(const uint8_t *at, const uint8_t *end) {
  uint8_t lead = *at;
  if (lead < 0x80) return lead != 0;
  size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || (size_t)(end - at) < length) return 0;
  for (size_t index = 1; index < length; index++) {
    if ((at[index] & 0xC0) != 0x80) return 0;
  }
  /* Not the shortest form, half of a pair, or beyond the last character. */
  if ((lead == 0xE0 && at[1] < 0xA0) || (lead == 0xED && at[1] > 0x9F)) return 0;
  if ((lead == 0xF0 && at[1] < 0x90) || (lead == 0xF4 && at[1] > 0x8F)) return 0;
  return length;
}

/** Four hexadecimal digits, which the scanner has proved. */
static inline uint32_t pbk_hex4(const uint8_t *at) {
  uint32_t value = 0;
  for (int index = 0; index < 4; index++) value = value << 4 | ((at[index] & 15u) + (at[index] > 0x39 ? 9u : 0u));
  return value;
}

/** Writes a character as UTF-8; gives its length. */
static inline size_t pbk_encode(uint32_t code, uint8_t to[4]) {
  if (code < 0x80) return to[0] = (uint8_t)code, code != 0;
  if (code < 0x800) return to[0] = (uint8_t)(0xC0 | code >> 6), to[1] = (uint8_t)(0x80 | (code & 63)), 2;
  if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
  if (code < 0x10000) {
    return to[0] = (uint8_t)(0xE0 | code >> 12), to[1] = (uint8_t)(0x80 | (code >> 6 & 63)),
           to[2] = (uint8_t)(0x80 | (code & 63)), 3;
  }
  return to[0] = (uint8_t)(0xF0 | code >> 18), to[1] = (uint8_t)(0x80 | (code >> 12 & 63)),
         to[2] = (uint8_t)(0x80 | (code >> 6 & 63)), to[3] = (uint8_t)(0x80 | (code & 63)), 4;
}

/** Appends a peer's text: escapes resolved, what is no UTF-8 replaced, NUL left out. It becomes at most three times as
 * long. */
static inline pb_ref pbk_peer_text(pbk_out *out, pbk_text text) {
  uint32_t offset;
  uint8_t *start = text.len ? pbk_room(out, text.len * 3, &offset) : NULL;
  if (!start) return (pb_ref){0};
  const uint8_t *at = text.ptr, *end = text.ptr + text.len;
  uint8_t *to = start;
  while (at < end) {
    if (text.is_escaped && *at == '\\') {
      static const char letters[] = "b\bf\fn\nr\rt\t";
      size_t length = pbk_escape_length(at, end);
      uint32_t code = length == 6 ? pbk_hex4(at + 2) : at[1];
      for (size_t index = 0; length == 2 && index < 10; index += 2) {
        if (code == (uint32_t)letters[index]) code = (uint32_t)letters[index + 1], index = 10;
      }
      at += length ? length : 1;
      bool has_pair = code >= 0xD800 && code < 0xDC00 && at < end && *at == '\\' && pbk_escape_length(at, end) == 6;
      uint32_t low = has_pair ? pbk_hex4(at + 2) : 0;
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
      }
      to += pbk_encode(code, to);
      continue;
    }
    size_t length = pbk_utf8(at, end);
    if (length == 0) {
      to += pbk_encode(*at ? 0xFFFD : 0, to);
      at++;
      continue;
    }
    memcpy(to, at, length);
    to += length;
    at += length;
  }
  size_t count = (size_t)(to - start);
  out->block.len = offset + count;
  return (pb_ref){count ? offset : 0, (uint32_t)count};
}

/** Appends an array of structures. What its elements name is appended before. */
static inline pb_list pbk_list(pbk_out *out, const void *elements, uint32_t count, size_t size) {
  uint32_t offset;
  if (count == 0) return (pb_list){0};
  pbk_align(out);
  uint8_t *place = pbk_room(out, count * size, &offset);
  if (!place) return (pb_list){0};
  memcpy(place, elements, count * size);
  return (pb_list){offset, count};
}

/** Hands the record over whose structure is `fact`; its head is filled in here. */
static inline void pbk_emit(pbk_out *out, uint16_t kind, void *fact, size_t head) {
  pbk_align(out);
  if (out->overflown || out->block.failed || !out->host) return;
  pb_rec rec = {.size = (uint32_t)out->block.len, .kind = kind, .head = (uint16_t)head, .seq = out->seq};
  memcpy(fact, &rec, sizeof rec);
  memcpy(out->block.ptr, fact, head);
  /* What malloc gives is aligned to 8. Its answer speaks of malformed records alone. */
  (void)out->host->emit(out->host, (const pb_rec *)(const void *)out->block.ptr);
}

/** Emits a structure without variable parts. */
#define PBK_EMIT(out, kind, fact) (pbk_begin((out), sizeof(fact)), pbk_emit((out), (kind), &(fact), sizeof(fact)))

/** Begins a book's record, before its levels are read into it: nothing else may be emitted until `pbk_book`. */
static inline void pbk_begin_book(pbk_out *out) { pbk_begin(out, sizeof(pb_book)); }
