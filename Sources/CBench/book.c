#include "cbench.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct {
  int64_t price, quantity;
} level;

typedef struct {
  level *levels;
  size_t count, room;
} side;

struct cbench_book {
  int places;
  /* The best is last, so that most changes move few levels. */
  side sides[2];
};

cbench_book *cbench_book_make(int places) {
  cbench_book *book = calloc(1, sizeof(cbench_book));
  if (book) book->places = places;
  return book;
}

void cbench_book_free(cbench_book *book) {
  free(book->sides[0].levels);
  free(book->sides[1].levels);
  free(book);
}

void cbench_book_clear(cbench_book *book) { book->sides[0].count = book->sides[1].count = 0; }

int64_t cbench_book_best(const cbench_book *book, int is_ask) {
  const side *side = &book->sides[is_ask != 0];
  return side->count ? side->levels[side->count - 1].price : 0;
}

static void set(side *side, int is_ask, int64_t price, int64_t quantity) {
  /* From the best: changes are near it. */
  size_t place = side->count;
  while (place > 0 && (is_ask ? side->levels[place - 1].price < price : side->levels[place - 1].price > price)) place--;
  int is_there = place > 0 && side->levels[place - 1].price == price;
  if (quantity == 0) {
    if (!is_there) return;
    memmove(side->levels + place - 1, side->levels + place, (side->count - place) * sizeof(level));
    side->count--;
    return;
  }
  if (is_there) {
    side->levels[place - 1].quantity = quantity;
    return;
  }
  if (side->count == side->room) {
    side->room = side->room ? side->room * 2 : 1024;
    side->levels = realloc(side->levels, side->room * sizeof(level));
  }
  memmove(side->levels + place + 1, side->levels + place, (side->count - place) * sizeof(level));
  side->levels[place] = (level){price, quantity};
  side->count++;
}

/* Reads a decimal number, quoted or bare, as a multiple of 10^-most; moves behind it. */
static const uint8_t *number(const uint8_t *at, const uint8_t *end, int most, int64_t *value) {
  uint64_t mantissa = 0;
  int places = -1;
  if (at < end && *at == '"') at++;
  for (; at < end; at++) {
    uint8_t digit = (uint8_t)(*at - '0');
    if (digit <= 9) {
      if (places >= most) continue;
      mantissa = mantissa * 10 + digit;
      if (places >= 0) places++;
    } else if (*at == '.') {
      places = 0;
    } else {
      break;
    }
  }
  for (places = places < 0 ? 0 : places; places < most; places++) mantissa *= 10;
  if (at < end && *at == '"') at++;
  *value = (int64_t)mantissa;
  return at;
}

/* The digits of a price and a quantity as Kraken and others add them up. */
static uint8_t *digits(uint8_t *out, int64_t value) {
  uint8_t room[24];
  size_t count = 0;
  do room[count++] = (uint8_t)('0' + value % 10); while ((value /= 10) > 0);
  while (count > 0) *out++ = room[--count];
  return out;
}

uint64_t cbench_book_checksum(const cbench_book *book, size_t depth) {
  uint8_t text[2048];
  uint8_t *end = text;
  for (int ask = 1; ask >= 0; ask--) {
    const side *side = &book->sides[ask];
    for (size_t n = 0; n < depth && n < side->count && end < text + sizeof text - 48; n++) {
      const level *level = &side->levels[side->count - 1 - n];
      end = digits(digits(end, level->price), level->quantity);
    }
  }
  return crc32(0, text, (unsigned)(end - text));
}

/* A level that is an object: its price under a key that begins with p, its quantity under one of s, q or n, and its
 * side, where it says one, under "side". */
static const uint8_t *member(const uint8_t *key, const uint8_t *at, const uint8_t *end, int places, int *is_ask,
                             int64_t *price, int64_t *quantity) {
  if (key[0] == 's' && key[1] == 'i' && key[2] == 'd') {
    if (at + 1 < end) *is_ask = at[1] != 'b' && at[1] != 'B';
  } else if (key[0] == 'p') {
    return number(at, end, places, price);
  } else if (key[0] == 's' || key[0] == 'q' || key[0] == 'n') {
    return number(at, end, 8, quantity);
  }
  return at;
}

static const uint8_t *object(cbench_book *book, const uint8_t *at, const uint8_t *end, int is_ask, size_t *applied) {
  int64_t price = -1, quantity = -1;
  while (at < end && *at != '}') {
    if (*at != '"') {
      at++;
      continue;
    }
    const uint8_t *key = ++at;
    while (at < end && *at != '"') at++;
    at++;
    if (at >= end || *at != ':') continue;
    at = member(key, at + 1, end, book->places, &is_ask, &price, &quantity);
  }
  if (price < 0 || quantity < 0 || is_ask < 0) return at;
  set(&book->sides[is_ask], is_ask, price, quantity);
  (*applied)++;
  return at;
}

size_t cbench_book_apply(cbench_book *book, const uint8_t *at, size_t count) {
  const uint8_t *end = at + count;
  int is_ask = -1, is_list = 0;
  size_t applied = 0;
  while (at < end) {
    if (*at == '"') {
      const uint8_t *word = ++at;
      while (at < end && *at != '"') at++;
      size_t length = (size_t)(at - word);
      at++;
      /* A key that names a side: b, bids, bs, asks and so on. */
      if (at >= end || *at != ':' || length == 0) continue;
      if (length <= 4 && (*word == 'b' || *word == 'a')) is_ask = *word == 'a';
      else is_ask = -1;
      /* A list of changes that say their sides themselves. */
      is_list = length == 7 && *word == 'u' && word[2] == 'd';
      continue;
    }
    if (*at == '{' && (is_ask >= 0 || is_list)) {
      at = object(book, at, end, is_ask, &applied);
      continue;
    }
    if (*at != '[' || is_ask < 0 || at + 1 >= end) {
      at++;
      continue;
    }
    at++;
    if (*at != '"' && (uint8_t)(*at - '0') > 9) continue;
    int64_t price, quantity;
    at = number(at, end, book->places, &price);
    while (at < end && (*at == ',' || *at == ' ')) at++;
    at = number(at, end, 8, &quantity);
    set(&book->sides[is_ask], is_ask, price, quantity);
    applied++;
    while (at < end && *at != ']') at++;
  }
  return applied;
}
