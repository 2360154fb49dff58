/* Sums of balances, which exchanges write with any number of digits: exact as far as some 37 of them go, and a lower
 * bound beyond; and quotients. */
#pragma once
#include "json_numbers.h"

__extension__ typedef __int128 pbk_int128;

typedef struct pbk_sum {
  pbk_int128 mantissa;
  int32_t exponent;
  bool is_there, is_cut;
} pbk_sum;

/** Reads digits with at most one point and an exponent; not there for any other text. */
static inline pbk_sum pbk_sum_parse(pbk_text text) {
  pbk_sum sum = {0};
  const uint8_t *at = text.ptr, *end = text.ptr + text.len;
  bool is_negative = text.len && *at == '-', behind_point = false, is_full = false;
  size_t count = 0;
  int32_t power = 0;
  if (text.len == 0) return sum;
  if (is_negative) at++;
  for (; at < end && (*at | 0x20) != 'e'; at++) {
    pbk_int128 longer;
    if (*at == '.' && !behind_point && count > 0 && at + 1 < end && pbk_is_digit(at[1])) {
      behind_point = true;
      continue;
    }
    if (!pbk_is_digit(*at)) return (pbk_sum){0};
    count++;
    is_full = is_full || __builtin_mul_overflow(sum.mantissa, 10, &longer) ||
              __builtin_add_overflow(longer, *at - '0', &longer);
    if (!is_full) sum.mantissa = longer;
    if (is_full && *at != '0') sum.is_cut = true;
    if (sum.exponent > -100000 && sum.exponent < 100000) sum.exponent += is_full ? !behind_point : -behind_point;
  }
  if (count == 0 || (at < end && !pbk_exponent(at + 1, end, &power))) return (pbk_sum){0};
  if (is_negative) sum.mantissa = -sum.mantissa - sum.is_cut;
  sum.exponent += power;
  if (sum.exponent < -64 || sum.exponent > 64) return (pbk_sum){0};
  sum.is_there = true;
  return sum;
}

/** A sum, or none for `null` and the empty string. */
static inline pbk_sum pbk_optional_sum(pbk_json *json) {
  if (pbk_peek(json) == 'n') {
    pbk_skip(json);
    return (pbk_sum){0};
  }
  pbk_text text = pbk_scalar(json);
  pbk_sum sum = pbk_sum_parse(text);
  if (text.len && !sum.is_there) pbk_fail(json);
  return sum;
}

static inline bool pbk_sum_at(pbk_sum sum, int32_t exponent, pbk_int128 *result) {
  *result = sum.mantissa;
  for (; sum.exponent > exponent && *result; sum.exponent--) {
    if (__builtin_mul_overflow(*result, 10, result)) return false;
  }
  return true;
}

/** This and another, or less it; of what does not fit the smaller part is left out, and it says that it was cut. */
static inline pbk_sum pbk_sum_add(pbk_sum one, pbk_sum other, bool is_less) {
  if (!other.is_there) return one;
  if (is_less) other.mantissa = -other.mantissa;
  if (!one.is_there) return other;
  int32_t exponent = one.exponent < other.exponent ? one.exponent : other.exponent;
  pbk_int128 left, right, total;
  if (!pbk_sum_at(one, exponent, &left) || !pbk_sum_at(other, exponent, &right) ||
      __builtin_add_overflow(left, right, &total)) {
    pbk_sum larger = one.exponent >= other.exponent ? one : other;
    larger.is_cut = true;
    return larger;
  }
  return (pbk_sum){.mantissa = total, .exponent = exponent, .is_there = true, .is_cut = one.is_cut || other.is_cut};
}

/** For a record: a lower bound that says so where 64 bits do not hold it; absent where there is none. */
static inline pb_dec pbk_sum_dec(pbk_sum sum) {
  if (!sum.is_there) return (pb_dec){0};
  while (sum.mantissa && sum.mantissa % 10 == 0) {
    sum.mantissa /= 10;
    sum.exponent++;
  }
  while (sum.mantissa > INT64_MAX || sum.mantissa < INT64_MIN) {
    bool has_rest = sum.mantissa % 10 != 0;
    sum.is_cut = sum.is_cut || has_rest;
    sum.mantissa = sum.mantissa / 10 - (sum.mantissa < 0 && has_rest);
    sum.exponent++;
  }
  int32_t exponent = sum.mantissa == 0 ? 0 : sum.exponent > 64 ? 64 : sum.exponent < -64 ? -64 : sum.exponent;
  return (pb_dec){.mantissa = (int64_t)sum.mantissa, .exponent = exponent,
                  .state = sum.is_cut ? PB_DEC_ROUNDED : PB_DEC_EXACT};
}

/** One number by another, both positive, cut behind so many places, which it says; absent where that does not fit. */
static inline pb_dec pbk_quotient(pb_dec dividend, pb_dec divisor, int32_t places) {
  bool is_exact = dividend.state == PB_DEC_EXACT && divisor.state == PB_DEC_EXACT;
  if (!is_exact || dividend.mantissa <= 0 || divisor.mantissa <= 0) return (pb_dec){0};
  int32_t shift = dividend.exponent - divisor.exponent + places;
  pbk_int128 scaled = dividend.mantissa;
  if (shift < 0 || shift > 19) return (pb_dec){0};
  for (; shift > 0; shift--) {
    if (__builtin_mul_overflow(scaled, 10, &scaled)) return (pb_dec){0};
  }
  pbk_int128 result = scaled / divisor.mantissa;
  if (result > INT64_MAX) return (pb_dec){0};
  pb_dec quotient = pbk_exact((int64_t)result, -places);
  if (scaled % divisor.mantissa != 0) quotient.state = PB_DEC_ROUNDED;
  return quotient;
}
