/* For the benchmark alone: the reference that connectors are measured against, and a count of allocations. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The reference: a plain C walk over a JSON text that skips strings' letters, turns every number, quoted or bare, into
 * a mantissa, and adds them up. It checks nothing, finds no key and keeps nothing: less cannot be done with the
 * bytes. */
uint64_t cbench_scan(const uint8_t *bytes, size_t count);

/* Calls of malloc, calloc, realloc, memalign and their like by this process since it started. */
uint64_t cbench_allocations(void);

/* Memory of this process that is resident, in bytes; 0 when the system does not tell. */
uint64_t cbench_resident(void);
