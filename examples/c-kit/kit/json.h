/* A pull scanner over JSON bytes: in place, no copy, any order of keys, no read behind the end.
 *
 * It remembers nothing but its position. A mistake in the text is sticky: the scanner stands at the end, every later
 * read gives zero or empty, every loop ends, and `failed` says so once. So reading code has no error branches:
 *
 *     pbk_json json = pbk_json_of(frame);
 *     pbk_text key;
 *     pbk_enter_object(&json);
 *     while (pbk_next_key(&json, &key)) {
 *       if (pbk_is(key, "u")) last = pbk_unsigned(&json);
 *       else pbk_skip(&json);
 *     }
 *     if (!pbk_is_complete(&json)) ... until here nothing that was read may be used
 *
 * A copy of the struct marks a place: what stands there can be read later. */
#pragma once
#include "number.h"

/** A string of the text, or the text of a number or word, as it stands there: escapes are not resolved. */
typedef struct pbk_text {
  const uint8_t *ptr;
  size_t len;
  bool is_escaped;
} pbk_text;

typedef struct pbk_json {
  const uint8_t *at;
  const uint8_t *end;
  bool fresh; /* the container at hand has given nothing yet: no comma is due */
  bool failed;
} pbk_json;

enum { PBK_MOST_NESTED = 64 };

static inline pbk_json pbk_json_of(pb_span bytes) {
  static const uint8_t nothing[1] = {0};
  const uint8_t *start = bytes.ptr ? bytes.ptr : nothing;
  return (pbk_json){.at = start, .end = start + (bytes.ptr ? bytes.len : 0), .fresh = true};
}

static inline pbk_text pbk_text_of(const char *text) {
  return (pbk_text){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static inline bool pbk_same(pbk_text one, pbk_text other) {
  return one.len == other.len && !one.is_escaped && !other.is_escaped &&
         (one.len == 0 || memcmp(one.ptr, other.ptr, one.len) == 0);
}

/** Whether a text is this one, a literal: its length is known when this is compiled. */
static inline bool pbk_is(pbk_text text, const char *other) {
  size_t length = strlen(other);
  return text.len == length && !text.is_escaped && (length == 0 || memcmp(text.ptr, other, length) == 0);
}

/** Splits at the first separator. `false`, and nothing set, where there is none. */
static inline bool pbk_split(pbk_text text, char separator, pbk_text *before, pbk_text *behind) {
  const uint8_t *at = text.len ? memchr(text.ptr, separator, text.len) : NULL;
  if (!at) return false;
  size_t length = (size_t)(at - text.ptr);
  *before = (pbk_text){text.ptr, length, text.is_escaped};
  *behind = (pbk_text){at + 1, text.len - length - 1, text.is_escaped};
  return true;
}

static inline void pbk_fail(pbk_json *json) {
  json->failed = true;
  json->at = json->end;
}

static inline void pbk_space(pbk_json *json) {
  while (json->at < json->end && *json->at <= ' ') {
    uint8_t byte = *json->at;
    if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') {
      pbk_fail(json);
      return;
    }
    json->at++;
  }
}

/** The first byte of the next value, 0 at the end. */
static inline uint8_t pbk_peek(pbk_json *json) {
  pbk_space(json);
  return json->at < json->end ? *json->at : 0;
}

/** Whether everything was well-formed and nothing but white space is left. */
static inline bool pbk_is_complete(pbk_json *json) {
  pbk_space(json);
  return !json->failed && json->at == json->end;
}

static inline void pbk_enter(pbk_json *json, uint8_t bracket) {
  if (pbk_peek(json) != bracket) {
    pbk_fail(json);
    return;
  }
  json->at++;
  json->fresh = true;
}
static inline void pbk_enter_object(pbk_json *json) { pbk_enter(json, '{'); }
static inline void pbk_enter_array(pbk_json *json) { pbk_enter(json, '['); }

static inline bool pbk_advance(pbk_json *json, uint8_t close) {
  uint8_t byte = pbk_peek(json);
  if (byte == ',' && !json->fresh) {
    json->at++;
    pbk_space(json); /* a bracket behind a comma is no value, and fails where it is read */
    return !json->failed;
  }
  if (byte == close && !json->failed) {
    json->at++;
    json->fresh = false;
    return false;
  }
  if (!json->fresh || byte == 0) {
    pbk_fail(json);
    return false;
  }
  json->fresh = false;
  return true;
}

/** Whether the array has another element, which is next to read. */
static inline bool pbk_next_element(pbk_json *json) { return pbk_advance(json, ']'); }

/** The first byte from `at` on that ends a run of plain characters of a string. */
static inline const uint8_t *pbk_plain_end(const uint8_t *at, const uint8_t *end) {
  const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  while (end - at >= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    uint64_t quotes = word ^ (ones * '"'), slashes = word ^ (ones * '\\');
    /* Bits above the lowest may be wrong, which is why only that one is used. */
    uint64_t stops = ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes) | ((word - ones * ' ') & ~word);
    stops &= high;
    if (stops) return at + (__builtin_ctzll(stops) >> 3);
    at += 8;
  }
#endif
  while (at < end && *at != '"' && *at != '\\' && *at >= ' ') at++;
  return at;
}

static inline size_t pbk_escape_length(const uint8_t *at, const uint8_t *end) {
  if (end - at < 2) return 0;
  if (at[1] != 'u') return at[1] != 0 && strchr("\"\\/bfnrt", at[1]) ? 2 : 0;
  if (end - at < 6) return 0;
  for (int index = 2; index < 6; index++) {
    uint8_t lower = at[index] | 0x20;
    if (!pbk_is_digit(at[index]) && (lower < 'a' || lower > 'f')) return 0;
  }
  return 6;
}

/** A string; fails for any other value. */
static inline pbk_text pbk_string(pbk_json *json) {
  if (pbk_peek(json) == '"') {
    pbk_text text = {.ptr = json->at + 1};
    const uint8_t *at = text.ptr;
    while ((at = pbk_plain_end(at, json->end)) < json->end) {
      if (*at == '"') {
        text.len = (size_t)(at - text.ptr);
        json->at = at + 1;
        return text;
      }
      size_t length = *at == '\\' ? pbk_escape_length(at, json->end) : 0;
      if (length == 0) break;
      text.is_escaped = true;
      at += length;
    }
  }
  pbk_fail(json);
  return (pbk_text){0};
}

/** The next key, its value being next to read; `false` at the object's end, which then is behind. */
static inline bool pbk_next_key(pbk_json *json, pbk_text *key) {
  if (!pbk_advance(json, '}')) return false;
  *key = pbk_string(json);
  if (pbk_peek(json) != ':') pbk_fail(json);
  if (json->failed) return false;
  json->at++;
  return true;
}

static inline bool pbk_is_stop(uint8_t byte) {
  return byte <= ' ' || byte == ',' || byte == ']' || byte == '}' || byte == '"' || byte == '{' || byte == '[' ||
         byte == ':';
}

/** As JSON writes numbers: no plus sign, no leading zero, digits on both sides of a point. */
static inline bool pbk_is_number(pbk_text text) {
  const uint8_t *at = text.ptr, *end = text.ptr + text.len;
  if (at < end && *at == '-') at++;
  const uint8_t *first = at;
  while (at < end && pbk_is_digit(*at)) at++;
  if (at == first || (at - first > 1 && *first == '0')) return false;
  if (at < end && *at == '.') {
    const uint8_t *point = at++;
    while (at < end && pbk_is_digit(*at)) at++;
    if (at == point + 1) return false;
  }
  int32_t power;
  return at == end || ((*at == 'e' || *at == 'E') && pbk_exponent(at + 1, end, &power));
}

/** A string, or the text of a number, `true`, `false` or `null`: for what exchanges send either way. */
static inline pbk_text pbk_scalar(pbk_json *json) {
  if (pbk_peek(json) == '"') return pbk_string(json);
  pbk_text text = {.ptr = json->at};
  while (json->at < json->end && !pbk_is_stop(*json->at)) json->at++;
  text.len = (size_t)(json->at - text.ptr);
  if (pbk_is_number(text) || pbk_is(text, "true") || pbk_is(text, "false") || pbk_is(text, "null")) return text;
  pbk_fail(json);
  return (pbk_text){0};
}

/** Steps over the next value, as strictly as if it were read. Fails where containers are nested more than 64 deep. */
static inline void pbk_skip(pbk_json *json) {
  uint64_t kinds = 0; /* a bit per open container, the innermost lowest: 1 for an object */
  int depth = 0;
  for (;;) {
    uint8_t byte = pbk_peek(json);
    if (byte == '{' || byte == '[') {
      if (depth == PBK_MOST_NESTED) pbk_fail(json);
      if (json->failed) return;
      kinds = kinds << 1 | (byte == '{');
      depth++;
      json->at++;
      json->fresh = true;
    } else {
      (void)pbk_scalar(json);
    }
    /* To the next value, out of all containers that end here. */
    for (;;) {
      if (json->failed || depth == 0) return;
      pbk_text key;
      if (kinds & 1 ? pbk_next_key(json, &key) : pbk_next_element(json)) break;
      kinds >>= 1;
      depth--;
    }
  }
}

/** Steps over the next value and gives a scanner of it alone: what is wrong with one entry of a list then spoils no
 * other. */
static inline pbk_json pbk_entry(pbk_json *json) {
  pbk_space(json);
  pbk_json entry = {.at = json->at, .fresh = true};
  pbk_skip(json);
  entry.end = json->at;
  entry.failed = json->failed;
  return entry;
}

/** Goes to the value at a path of names such as "result/list"; `false` where it is not. */
static inline bool pbk_find(pbk_json *json, const char *path) {
  while (*path) {
    pbk_text key, name = {.ptr = (const uint8_t *)path};
    while (path[name.len] && path[name.len] != '/') name.len++;
    path += name.len + (path[name.len] == '/');
    if (pbk_peek(json) != '{') return false;
    pbk_enter_object(json);
    for (;;) {
      if (!pbk_next_key(json, &key)) return false;
      if (pbk_same(key, name)) break;
      pbk_skip(json);
    }
  }
  return true;
}
