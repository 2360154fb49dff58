#define _GNU_SOURCE
#include "feed_writer.h"
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>

int feed_make_file(char *name) { return mkostemp(name, O_CLOEXEC); }

int feed_is_memory(const char *folder) {
  struct statfs status;
  return statfs(folder, &status) != 0 || status.f_type == TMPFS_MAGIC;
}
