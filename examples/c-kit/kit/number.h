/* Exact decimals: a peer's digits to the contract's numbers, without floating point and without a trap. */
#pragma once
#include <patchbay.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool pbk_is_digit(uint8_t byte) { return (uint8_t)(byte - '0') <= 9; }

static inline pb_dec pbk_exact(int64_t mantissa, int32_t exponent) {
  while (mantissa != 0 && mantissa % 10 == 0 && exponent < 64) {
    mantissa /= 10;
    exponent += 1;
  }
  return (pb_dec){.mantissa = mantissa, .exponent = mantissa == 0 ? 0 : exponent, .state = PB_DEC_EXACT};
}

static inline bool pbk_is_positive(pb_dec value) { return value.state != PB_DEC_ABSENT && value.mantissa > 0; }

/** Digits behind the point. */
static inline int32_t pbk_places(pb_dec value) { return value.exponent < 0 ? -value.exponent : 0; }

/** An exponent's digits; saturates far beyond what the contract holds. */
static inline bool pbk_exponent(const uint8_t *at, const uint8_t *end, int32_t *result) {
  bool is_negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) at++;
  if (at == end) return false;
  int32_t value = 0;
  for (; at < end; at++) {
    if (!pbk_is_digit(*at)) return false;
    if (value < 100000) value = value * 10 + (*at - '0');
  }
  *result = is_negative ? -value : value;
  return true;
}

/** Reads digits with at most one point and an exponent; leading zeros are taken. What has more digits than fit is cut
 * toward negative infinity, which its state says. `false` for any other text, and for what the contract cannot hold. */
static inline bool pbk_parse(const uint8_t *text, size_t length, pb_dec *result) {
  if (length == 0) return false;
  const uint8_t *at = text, *end = text + length;
  bool is_negative = at < end && *at == '-';
  if (is_negative) at++;
  int64_t mantissa = 0, exponent = 0;
  bool behind_point = false, is_full = false, is_cut = false;
  size_t whole = 0, places = 0;
  for (; at < end; at++) {
    if (*at == '.' && !behind_point) {
      behind_point = true;
    } else if (pbk_is_digit(*at)) {
      int64_t longer;
      is_full = is_full || __builtin_mul_overflow(mantissa, 10, &longer) ||
                __builtin_add_overflow(longer, *at - '0', &longer);
      if (!is_full) mantissa = longer;
      /* Behind the first digit that does not fit none is taken, so that the places stay right. */
      if (is_full && *at != '0') is_cut = true;
      exponent += is_full ? !behind_point : -(int64_t)behind_point;
      if (behind_point) places++;
      else whole++;
    } else if (*at == 'e' || *at == 'E') {
      int32_t power;
      if (!pbk_exponent(at + 1, end, &power)) return false;
      exponent += power;
      break;
    } else {
      return false;
    }
  }
  if (whole == 0 || (behind_point && places == 0)) return false;
  if (is_negative) mantissa = -mantissa;
  if (is_negative && is_cut && __builtin_sub_overflow(mantissa, 1, &mantissa)) return false;
  while (mantissa != 0 && mantissa % 10 == 0) {
    mantissa /= 10;
    exponent += 1;
  }
  if (mantissa == 0) exponent = 0;
  if (exponent < -64 || exponent > 64) return false;
  *result = (pb_dec){.mantissa = mantissa, .exponent = (int32_t)exponent,
                     .state = is_cut ? PB_DEC_ROUNDED : PB_DEC_EXACT};
  return true;
}

/** The mantissa at an exponent: 0.5 is 50000000 at -8. `false` when digits would be lost or it does not fit. */
static inline bool pbk_at(pb_dec value, int32_t exponent, int64_t *result) {
  if (value.state != PB_DEC_EXACT) return false;
  int64_t mantissa = value.mantissa, shift = (int64_t)value.exponent - exponent;
  for (; mantissa != 0 && shift < 0; shift++) {
    if (mantissa % 10 != 0) return false;
    mantissa /= 10;
  }
  for (; mantissa != 0 && shift > 0; shift--) {
    if (__builtin_mul_overflow(mantissa, 10, &mantissa)) return false;
  }
  *result = mantissa;
  return true;
}

/** Room for the longest number that `pbk_print` writes. */
enum { PBK_DEC_TEXT = 160 };

/** Writes plain digits, never an exponent: what requests are written with. Gives their number; ends with NUL. */
static inline size_t pbk_print(pb_dec value, char text[PBK_DEC_TEXT]) {
  char digits[24];
  size_t count = 0, length = 0;
  uint64_t rest = value.mantissa < 0 ? 0 - (uint64_t)value.mantissa : (uint64_t)value.mantissa;
  do {
    digits[count++] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  int32_t exponent = value.exponent < -64 ? -64 : value.exponent > 64 ? 64 : value.exponent;
  size_t places = exponent < 0 ? (size_t)-exponent : 0;
  if (value.mantissa < 0) text[length++] = '-';
  if (count <= places) text[length++] = '0';
  else while (count > places) text[length++] = digits[--count];
  for (int32_t zeros = exponent; zeros > 0 && value.mantissa != 0; zeros--) text[length++] = '0';
  if (places > 0) {
    text[length++] = '.';
    for (size_t zeros = places - count; zeros > 0; zeros--) text[length++] = '0';
    while (count > 0) text[length++] = digits[--count];
  }
  text[length] = 0;
  return length;
}
