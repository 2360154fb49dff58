/* For the benchmark alone: the references that connectors are measured against, and a count of allocations. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The reference: a plain C walk over a JSON text that skips strings' letters, turns every number, quoted or bare, into
 * a mantissa, and adds them up. It checks nothing, finds no key and keeps nothing: less cannot be done with the
 * bytes. */
uint64_t cbench_scan(const uint8_t *bytes, size_t count);

/* What a compressed frame (gzip or zlib) expands to, for the references of exchanges that compress each frame: bytes
 * that are good until the next call, and their number; 0 where it is no such frame. */
size_t cbench_inflate(const uint8_t *bytes, size_t count, const uint8_t **text);

/* The other reference: a book in two sorted arrays, the best last, that takes levels out of a JSON text as it walks
 * over it. A level is an array that begins with two numbers, quoted or bare, or an object that names them, in a list
 * under a key of at most four letters that begins with b or a, or in one of "updates" that say their side. It knows no
 * sequence, no symbol and no error: which book a text is for is said by the caller. */
typedef struct cbench_book cbench_book;

/* Prices are kept as multiples of 10^-places. */
cbench_book *cbench_book_make(int places);
void cbench_book_free(cbench_book *book);
void cbench_book_clear(cbench_book *book);

/* The best price of a side; 0 where there is none. */
int64_t cbench_book_best(const cbench_book *book, int is_ask);

/* Takes the levels of one text; their number. */
size_t cbench_book_apply(cbench_book *book, const uint8_t *bytes, size_t count);

/* A CRC-32 over the digits of the best levels of both sides, as exchanges with checksums define it. */
uint64_t cbench_book_checksum(const cbench_book *book, size_t depth);

/* Calls of malloc, calloc, realloc, memalign and their like by this process since it started. */
uint64_t cbench_allocations(void);

/* Memory of this process that is resident, in bytes; 0 when the system does not say. */
uint64_t cbench_resident(void);
