#include "cbench.h"

uint64_t cbench_scan(const uint8_t *bytes, size_t count) {
  const uint8_t *end = bytes + count;
  uint64_t sum = 0;
  while (bytes < end) {
    uint8_t byte = *bytes++;
    if ((uint8_t)(byte - '0') > 9) continue;
    uint64_t mantissa = (uint64_t)(byte - '0');
    uint64_t places = 0;
    while (bytes < end && (uint8_t)(*bytes - '0') <= 9) mantissa = mantissa * 10 + (uint64_t)(*bytes++ - '0');
    if (bytes < end && *bytes == '.') {
      const uint8_t *point = ++bytes;
      while (bytes < end && (uint8_t)(*bytes - '0') <= 9) mantissa = mantissa * 10 + (uint64_t)(*bytes++ - '0');
      places = (uint64_t)(bytes - point);
    }
    sum += mantissa + places;
  }
  return sum;
}
