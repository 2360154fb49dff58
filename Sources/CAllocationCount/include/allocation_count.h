#pragma once
#include <stdint.h>
/* How often this process has asked for memory since it started, on any thread. */
__attribute__((visibility("default"))) uint64_t patchbay_allocation_count(void);
