/* The markets of an exchange: what stands under a symbol, how its book is, and who waits for what of it. */
#pragma once
#include "book.h"
#include "facts.h"

/** The elements of a buffer that holds structures. */
#define PBK_COUNT(buf, type) ((buf).len / sizeof(type))
#define PBK_AT(buf, type, index) ((type *)(void *)(buf).ptr + (index))

static inline void pbk_buf_remove(pbk_buf *buf, size_t index, size_t size) {
  memmove(buf->ptr + index * size, buf->ptr + (index + 1) * size, buf->len - (index + 1) * size);
  buf->len -= size;
}

/** One market. Its instrument's id is its number plus one; a market whose exponents change becomes another one. */
typedef struct pbk_market {
  char *symbol;
  size_t symbol_len;
  uint32_t number;
  int32_t price_exp, quantity_exp;
  uint32_t depth;      /* levels per side of its book, as subscribed; 0 = all */
  uint32_t wanted;     /* PB_CHANNEL_ bits that somebody wants */
  uint32_t live;       /* those of which data or an answer came */
  uint64_t last_trade; /* where trades are numbered */
  pbk_sync sync;
  bool is_renewing; /* the subscription was given up to be taken anew: what comes of the old one is not believed */
  pbk_queue queue;
  uint64_t first_joint; /* the least number of a snapshot that the first frame of the queue can be joined to */
  pbk_pace pace;
  pb_id timer, request; /* until the snapshot must have come, or is asked for; what asked */
} pbk_market;

/** Markets by number, and by symbol: one hash and one compare. */
typedef struct pbk_markets {
  pbk_buf all;    /* of pbk_market */
  uint32_t *slots; /* open addressing: number plus one, 0 = free */
  size_t slot_count, used;
} pbk_markets;
enum { PBK_MOST_MARKETS = 65536 };

static inline size_t pbk_hash(const uint8_t *at, size_t length) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  while (length > 0) {
    uint64_t word = 0;
    size_t count = length < 8 ? length : 8;
    memcpy(&word, at, count);
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    hash ^= hash >> 29;
    at += count;
    length -= count;
  }
  return (size_t)hash;
}

static inline size_t pbk_market_count(const pbk_markets *markets) { return PBK_COUNT(markets->all, pbk_market); }

static inline pbk_market *pbk_market_at(const pbk_markets *markets, size_t number) {
  return number < pbk_market_count(markets) ? PBK_AT(markets->all, pbk_market, number) : NULL;
}
/** The market of an instrument; null where there is none. */
static inline pbk_market *pbk_market_of(const pbk_markets *markets, pb_id instrument) {
  return instrument == 0 || instrument > pbk_market_count(markets) ? NULL
                                                                   : pbk_market_at(markets, (size_t)(instrument - 1));
}
static inline pb_id pbk_market_id(const pbk_market *market) { return (pb_id)market->number + 1; }

/** Where a symbol stands or would stand; there always is a free slot. */
static inline size_t pbk_slot(const pbk_markets *markets, const uint8_t *symbol, size_t length) {
  size_t mask = markets->slot_count - 1;
  for (size_t place = pbk_hash(symbol, length) & mask;; place = (place + 1) & mask) {
    if (markets->slots[place] == 0) return place;
    const pbk_market *market = PBK_AT(markets->all, pbk_market, markets->slots[place] - 1);
    if (market->symbol_len == length && memcmp(market->symbol, symbol, length) == 0) return place;
  }
}

/** The market of a symbol; null for one that was never listed. */
static inline pbk_market *pbk_market_named(const pbk_markets *markets, pbk_text symbol) {
  if (markets->slot_count == 0 || symbol.len == 0) return NULL;
  uint32_t found = markets->slots[pbk_slot(markets, symbol.ptr, symbol.len)];
  return found == 0 ? NULL : PBK_AT(markets->all, pbk_market, found - 1);
}

static inline bool pbk_markets_rehash(pbk_markets *markets) {
  size_t count = markets->slot_count ? markets->slot_count * 2 : 64;
  uint32_t *old = markets->slots, *slots = (uint32_t *)calloc(count, sizeof *slots);
  size_t old_count = markets->slot_count;
  if (!slots) return false;
  markets->slots = slots;
  markets->slot_count = count;
  for (size_t index = 0; index < old_count; index++) {
    if (old[index] == 0) continue;
    const pbk_market *market = PBK_AT(markets->all, pbk_market, old[index] - 1);
    slots[pbk_slot(markets, (const uint8_t *)market->symbol, market->symbol_len)] = old[index];
  }
  free(old);
  return true;
}

/** The market of a symbol with these exponents; new where the symbol is, or where its exponents changed. Null when
 * there are too many, or memory is short. Pointers to markets that were given before hold no longer. */
static inline pbk_market *pbk_market_add(pbk_markets *markets, pbk_text symbol, int32_t price_exp, int32_t quantity_exp,
                                         pbk_rule rule) {
  pbk_market *old = pbk_market_named(markets, symbol);
  if (old && old->price_exp == price_exp && old->quantity_exp == quantity_exp) return old;
  size_t number = pbk_market_count(markets);
  if (number >= PBK_MOST_MARKETS || symbol.len == 0) return NULL;
  if ((markets->used + 1) * 2 > markets->slot_count && !pbk_markets_rehash(markets)) return NULL;
  char *name = (char *)malloc(symbol.len + 1);
  pbk_market *market = name ? (pbk_market *)(void *)pbk_buf_grow(&markets->all, sizeof *market) : NULL;
  if (!market) {
    free(name);
    return NULL;
  }
  memcpy(name, symbol.ptr, symbol.len);
  name[symbol.len] = 0;
  *market = (pbk_market){.symbol = name, .symbol_len = symbol.len, .number = (uint32_t)number, .price_exp = price_exp,
                         .quantity_exp = quantity_exp, .sync = {.rule = rule}};
  uint32_t *slot = &markets->slots[pbk_slot(markets, symbol.ptr, symbol.len)];
  markets->used += *slot == 0;
  *slot = (uint32_t)number + 1;
  return market;
}

static inline void pbk_markets_free(pbk_markets *markets) {
  for (size_t number = 0; number < pbk_market_count(markets); number++) {
    free(pbk_market_at(markets, number)->symbol);
    pbk_buf_free(&pbk_market_at(markets, number)->queue.bytes);
  }
  pbk_buf_free(&markets->all);
  free(markets->slots);
  *markets = (pbk_markets){0};
}
