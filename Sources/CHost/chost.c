#define _GNU_SOURCE
#include "chost.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -errno;
    bytes += written;
    count -= (size_t)written;
  }
  return 0;
}

int chost_sealed_memory(const char *name, const void *bytes, size_t count) {
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -errno;
  int failure = write_all(descriptor, bytes, count);
  if (failure == 0 && fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
    failure = -errno;
  if (failure != 0) {
    close(descriptor);
    return failure;
  }
  return descriptor;
}

void *chost_load(int descriptor, const char **message) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  *message = library ? NULL : dlerror();
  return library;
}

void *chost_function(void *library, const char *name) { return dlsym(library, name); }

void *chost_read(const char *path, size_t limit, size_t *count, int *error) {
  *error = 0;
  /* Without O_NONBLOCK a pipe would be waited for, forever. */
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    *error = errno;
    return NULL;
  }
  struct stat status;
  char *bytes = NULL;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && (size_t)status.st_size <= limit) {
    size_t size = (size_t)status.st_size;
    size_t done = 0;
    bytes = malloc(size + 1);
    while (bytes && done < size) {
      ssize_t got = read(descriptor, bytes + done, size - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) *error = errno;
      if (got <= 0) break;
      done += (size_t)got;
    }
    *count = done;
    if (*error != 0) {
      free(bytes);
      bytes = NULL;
    }
  }
  close(descriptor);
  return bytes;
}
