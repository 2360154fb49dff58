/* The numbers and moments of a JSON text, quoted or bare. */
#pragma once
#include "json.h"

/** A number at its own exponent, cut where it does not fit, which its state says: for sums that are shown. */
static inline pb_dec pbk_wide(pbk_json *json) {
  pb_dec value = {0};
  pbk_text text = pbk_scalar(json);
  if (!json->failed && pbk_parse(text.ptr, text.len, &value)) return value;
  pbk_fail(json);
  return (pb_dec){0};
}

/** A number at its own exponent. Fails when it is none or has more digits than 64 bits hold. */
static inline pb_dec pbk_decimal(pbk_json *json) {
  pb_dec value = pbk_wide(json);
  if (value.state != PB_DEC_ROUNDED) return value;
  pbk_fail(json);
  return (pb_dec){0};
}

/** A number; absent for `null` and the empty string. */
static inline pb_dec pbk_optional(pbk_json *json) {
  pbk_json ahead = *json;
  pbk_text text = pbk_scalar(&ahead);
  if (ahead.failed || !(text.len == 0 || (pbk_is(text, "null") && text.ptr == ahead.at - 4))) return pbk_decimal(json);
  *json = ahead;
  return (pb_dec){0};
}

/** What `pbk_fixed` reads slowly: many digits, an exponent, a sign. */
static inline int64_t pbk_fixed_slow(pbk_json *json, int32_t exponent) {
  int64_t value = 0;
  pb_dec number = pbk_decimal(json);
  if (json->failed || !pbk_at(number, exponent, &value)) pbk_fail(json);
  return json->failed ? 0 : value;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/** How many of eight bytes, from the lowest, are digits. */
static inline int pbk_leading_digits(uint64_t word) {
  /* A digit is 0 to 9 behind the exclusive-or; adding 0x76 to more than that sets bit 7. What a byte above 0x89 carries
   * reaches only bytes behind it, which is the first that is no digit. */
  uint64_t offset = word ^ UINT64_C(0x3030303030303030);
  uint64_t stops = ((offset + UINT64_C(0x7676767676767676)) | offset) & UINT64_C(0x8080808080808080);
  return stops ? __builtin_ctzll(stops) >> 3 : 8;
}

/** The value of so many digits, 1 to 8, from the lowest byte on. */
static inline uint64_t pbk_some_digits(uint64_t word, int count) {
  uint64_t value = (word << (64 - 8 * count)) & UINT64_C(0x0F0F0F0F0F0F0F0F); /* what moves in counts as zeros */
  value = (value * 2561) >> 8;
  value = ((value & UINT64_C(0x00FF00FF00FF00FF)) * 6553601) >> 16;
  return ((value & UINT64_C(0x0000FFFF0000FFFF)) * UINT64_C(42949672960001)) >> 32;
}

/** At most eight digits on each side of a point, eight at a time; `false`, and nothing moved, for any other. */
static inline bool pbk_fixed_short(pbk_json *json, int32_t exponent, int64_t *result) {
  static const uint64_t tens[] = {1,         10,         100,         1000,         10000,        100000,
                                  1000000,   10000000,   100000000,   1000000000,   10000000000,  100000000000};
  const uint8_t *at = json->at, *end = json->end;
  bool is_quoted = at < end && *at == '"';
  uint64_t word;
  at += is_quoted;
  if (end - at < 10 || exponent > 0 || exponent < -10) return false;
  memcpy(&word, at, 8);
  int places = -exponent, whole = pbk_leading_digits(word);
  if (whole == 0 || whole == 8 || (!is_quoted && whole > 1 && *at == '0')) return false;
  uint64_t value = pbk_some_digits(word, whole) * tens[places];
  at += whole;
  if (*at == '.') {
    at++;
    if (end - at < 9) return false;
    memcpy(&word, at, 8);
    int given = pbk_leading_digits(word);
    if (given == 0 || given > places) return false;
    value += pbk_some_digits(word, given) * tens[places - given];
    at += given;
  }
  if (is_quoted ? *at != '"' : !pbk_is_stop(*at)) return false;
  json->at = at + is_quoted;
  *result = (int64_t)value;
  return true;
}
#else
static inline bool pbk_fixed_short(pbk_json *json, int32_t exponent, int64_t *result) {
  (void)json, (void)exponent, (void)result;
  return false;
}
#endif

/** A mantissa at an exponent: with -8, 0.5 gives 50000000. Fails when it is no number, when digits would be lost, or
 * when it does not fit. */
static inline int64_t pbk_fixed(pbk_json *json, int32_t exponent) {
  int64_t usual;
  pbk_space(json);
  if (pbk_fixed_short(json, exponent, &usual)) return usual;
  const uint8_t *at = json->at, *end = json->end;
  bool is_quoted = at < end && *at == '"';
  const uint8_t *first = at += is_quoted;
  uint64_t value = 0;
  int digits = 0, places = 0;
  for (; at < end && digits < 19 && pbk_is_digit(*at); at++, digits++) value = value * 10 + (*at - '0');
  int whole = digits;
  if (at < end && *at == '.') {
    for (at++; at < end && digits < 19 && pbk_is_digit(*at); at++, digits++, places++) value = value * 10 + (*at - '0');
    if (places == 0) return pbk_fixed_slow(json, exponent);
  }
  bool is_closed = is_quoted ? at < end && *at == '"' : at == end || pbk_is_stop(*at);
  bool is_json = is_quoted || whole == 1 || (whole > 1 && *first != '0');
  bool is_usual = whole > 0 && digits <= 18 && is_closed && is_json;
  if (!is_usual || exponent > 0 || exponent < -18 || places > -exponent) return pbk_fixed_slow(json, exponent);
  int64_t scaled = (int64_t)value; /* 18 digits fit, what the exponent adds may not */
  for (int shift = -exponent - places; shift > 0; shift--) {
    if (__builtin_mul_overflow(scaled, 10, &scaled)) return pbk_fixed_slow(json, exponent);
  }
  json->at = at + is_quoted;
  return scaled;
}

/** A whole number from 0 to 2^64 - 1. */
static inline uint64_t pbk_unsigned(pbk_json *json) {
  pbk_text text = pbk_scalar(json);
  uint64_t value = 0;
  bool is_number = text.len > 0;
  for (size_t index = 0; index < text.len && is_number; index++) {
    is_number = pbk_is_digit(text.ptr[index]) && !__builtin_mul_overflow(value, 10, &value) &&
                !__builtin_add_overflow(value, (uint64_t)(text.ptr[index] - '0'), &value);
  }
  if (!is_number) pbk_fail(json);
  return json->failed ? 0 : value;
}

/** A moment must lie between the epoch and the year 2116. */
static inline int64_t pbk_moment(pbk_json *json, int64_t value) {
  if (value < 0 || value >= (int64_t)1 << 62) pbk_fail(json);
  return json->failed ? 0 : value;
}
static inline int64_t pbk_milliseconds(pbk_json *json) { return pbk_moment(json, pbk_fixed(json, -6)); }
static inline int64_t pbk_seconds(pbk_json *json) { return pbk_moment(json, pbk_fixed(json, -9)); }
static inline int64_t pbk_nanoseconds(pbk_json *json) { return pbk_moment(json, pbk_fixed(json, 0)); }

/** So many digits, or -1. */
static inline int64_t pbk_digits(const uint8_t *at, size_t count) {
  int64_t value = 0;
  for (size_t index = 0; index < count; index++) {
    if (!pbk_is_digit(at[index])) return -1;
    value = value * 10 + (at[index] - '0');
  }
  return value;
}

/** Nanoseconds since the epoch of a time as RFC 3339 has it in UTC; -1 for anything else, other zones included. */
static inline int64_t pbk_rfc3339(pbk_text text) {
  const uint8_t *at = text.ptr;
  if (text.len < 20 || text.len > 30 || at[4] != '-' || at[7] != '-' || (at[10] | 0x20) != 't' || at[13] != ':' ||
      at[16] != ':' || (at[text.len - 1] | 0x20) != 'z') {
    return -1;
  }
  int64_t year = pbk_digits(at, 4), month = pbk_digits(at + 5, 2), day = pbk_digits(at + 8, 2);
  int64_t hour = pbk_digits(at + 11, 2), minute = pbk_digits(at + 14, 2), second = pbk_digits(at + 17, 2);
  if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59 || second < 0 || second > 60) {
    return -1;
  }
  int64_t fraction = 0;
  if (text.len > 20) {
    size_t count = text.len - 21;
    if (at[19] != '.' || count == 0 || (fraction = pbk_digits(at + 20, count)) < 0) return -1;
    for (; count < 9; count++) fraction *= 10;
  }
  /* Days since the epoch by the proleptic Gregorian calendar, years counted from March. */
  if (month <= 2) year--;
  month = month > 2 ? month - 3 : month + 9;
  int64_t days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719468;
  int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
  /* Until 2261 this fits into 63 bits. */
  return seconds * 1000000000 + fraction;
}

static inline int64_t pbk_timestamp(pbk_json *json) { return pbk_moment(json, pbk_rfc3339(pbk_string(json))); }
