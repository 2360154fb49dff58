/* Loaded before everything else (LD_PRELOAD) into the process that certifies a connector, this library counts
 * requests for memory. It changes nothing about them: glibc's own functions stay behind these names. */
#include "allocation_count.h"
#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static uint64_t count;

static void note(void) { __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED); }

uint64_t patchbay_allocation_count(void) { return __atomic_load_n(&count, __ATOMIC_RELAXED); }

__attribute__((visibility("default"))) void *malloc(size_t size) {
  note();
  return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t number, size_t size) {
  note();
  return __libc_calloc(number, size);
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t size) {
  note();
  return __libc_realloc(old, size);
}

__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

__attribute__((visibility("default"))) int posix_memalign(void **result, size_t alignment, size_t size) {
  note();
  void *memory = __libc_memalign(alignment, size);
  if (memory == NULL) return ENOMEM;
  *result = memory;
  return 0;
}
