#define _GNU_SOURCE
#include "chost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int chost_open_at(int folder, const char *name, int flags, unsigned mode) {
  int descriptor = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, (mode_t)mode);
  return descriptor < 0 ? -errno : descriptor;
}

int chost_rename_at(int from, const char *old_name, int to, const char *new_name, int how) {
  unsigned flags = how == CHOST_RENAME_EXCHANGE ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  return renameat2(from, old_name, to, new_name, flags) == 0 ? 0 : -errno;
}
