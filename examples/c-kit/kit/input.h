/* What the host delivers. Everything is borrowed and dies with the call. */
#pragma once
#include "output.h"

/** Copies an input's fixed part as far as host and connector both know it: what an older host left out is zero. */
static inline void pbk_read(const void *input, void *copy, size_t size) {
  uint16_t head;
  memcpy(&head, (const uint8_t *)input + offsetof(pb_rec, head), sizeof head);
  memset(copy, 0, size);
  memcpy(copy, input, head < size ? head : size);
}
#define PBK_READ(type, name, input) \
  type name;                        \
  pbk_read((input), &name, sizeof name)

/** The bytes of a part of an input. */
static inline pbk_text pbk_part_of(const void *input, pb_ref part) {
  uint32_t size;
  memcpy(&size, input, sizeof size);
  if (part.length == 0 || part.offset > size || part.length > size - part.offset) return (pbk_text){0};
  return (pbk_text){.ptr = (const uint8_t *)input + part.offset, .len = part.length};
}

/** Copies an element of a list of an input; `false` where there is none. */
static inline bool pbk_element(const void *input, pb_list list, uint32_t index, void *copy, size_t size) {
  uint32_t whole;
  uint64_t start = list.offset + (uint64_t)index * size;
  memcpy(&whole, input, sizeof whole);
  if (index >= list.count || start > whole || size > whole - start) return false;
  memcpy(copy, (const uint8_t *)input + start, size);
  return true;
}

/** The value of a pair by its name: a reply's header (in lower case), a public field of an account. */
static inline pbk_text pbk_pair(const void *input, pb_list pairs, const char *name) {
  pb_pair pair;
  for (uint32_t index = 0; pbk_element(input, pairs, index, &pair, sizeof pair); index++) {
    if (pbk_is(pbk_part_of(input, pair.name), name)) return pbk_part_of(input, pair.value);
  }
  return (pbk_text){0};
}

/** The nested command of a batch; null behind the last one. */
static inline const pb_input *pbk_item(const void *input, pb_list items, uint32_t index) {
  pb_ref ref;
  if (!pbk_element(input, items, index, &ref, sizeof ref)) return NULL;
  pbk_text record = pbk_part_of(input, ref);
  return record.len < sizeof(pb_input) ? NULL : (const pb_input *)(const void *)record.ptr;
}

/** How long the exchange wants to be left alone, in nanoseconds, at most a day. */
static inline int64_t pbk_retry_after(const void *input, const pb_in_reply *reply) {
  pb_dec seconds;
  int64_t whole = 0;
  pbk_text text = pbk_pair(input, reply->headers, "retry-after");
  if (!pbk_parse(text.ptr, text.len, &seconds) || !pbk_at(seconds, 0, &whole) || whole < 0) return 0;
  return (whole > 86400 ? 86400 : whole) * 1000000000;
}
