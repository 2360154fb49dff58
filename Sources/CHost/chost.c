#define _GNU_SOURCE
#include <string.h>
#include <malloc.h>
#include "chost.h"
#include "children.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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

/* The kernel calls a file busy while it holds one of its pages for a moment itself, as when it moves memory about. */
static int seal(int descriptor) {
  const struct timespec moment = {0, 1000000};
  for (int attempt = 0;; attempt++) {
    if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0) return 0;
    if (errno != EBUSY || attempt == 1000) return -errno;
    nanosleep(&moment, NULL);
  }
}

int chost_sealed_memory(const char *name, const void *bytes, size_t count) {
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -errno;
  int failure = write_all(descriptor, bytes, count);
  if (failure == 0) failure = seal(descriptor);
  if (failure != 0) {
    close(descriptor);
    return failure;
  }
  return descriptor;
}

static void *load(int descriptor, int flags) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return dlopen(path, RTLD_NOW | RTLD_LOCAL | flags);
}

void *chost_load(int descriptor, const char **message) {
  void *library = load(descriptor, RTLD_NODELETE);
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

size_t chost_heap_bytes(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

long long chost_allocations(void) {
  static unsigned long long (*count)(void);
  if (!count) count = (unsigned long long (*)(void))dlsym(RTLD_DEFAULT, "patchbay_allocation_count");
  return count ? (long long)count() : -1;
}

static int names(const char *entry, const char *variable) {
  size_t length = strlen(variable);
  return strncmp(entry, variable, length) == 0 && entry[length] == '=';
}

/* The environment without the key store's password, which is not for children, and with LD_PRELOAD set where preload is
 * not null; free_environment frees it. */
static char **child_environment(const char *preload) {
  size_t count = 0;
  while (environ[count]) count++;
  char **copy = calloc(count + 2, sizeof *copy);
  if (!copy) return NULL;
  size_t used = 0;
  for (size_t i = 0; i < count; i++)
    if (!names(environ[i], CHOST_PASSWORD) && !(preload && names(environ[i], "LD_PRELOAD"))) copy[used++] = environ[i];
  if (!preload) return copy;
  size_t length = strlen(preload) + 12;
  copy[used] = malloc(length);
  if (!copy[used]) {
    free(copy);
    return NULL;
  }
  snprintf(copy[used], length, "LD_PRELOAD=%s", preload);
  return copy;
}

static void free_environment(char **copy, const char *preload) {
  size_t count = 0;
  while (copy[count]) count++;
  if (preload && count > 0) free(copy[count - 1]);
  free(copy);
}

int chost_become_trial(int parent, int seconds) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return -ESRCH;
  struct rlimit processor = {(rlim_t)seconds, (rlim_t)seconds}, no_core = {0, 0};
  if (setrlimit(RLIMIT_CPU, &processor) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0) return -errno;
  return 0;
}

void *chost_load_trial(void) { return load(CHOST_TRIAL_DESCRIPTOR, 0); }

void chost_end_trial(void *library) {
  /* What it does when it goes counts too: its destructors run when the process ends. */
  if (library) dlclose(library);
  _exit(0);
}

/* Starts a program in a process group of its own, with the descriptor as its CHOST_TRIAL_DESCRIPTOR and no other, and
 * with signals as a process has them at first. */
static int spawn_trial(pid_t *child, const char *program, char *const arguments[], int descriptor) {
  char **environment = child_environment(NULL);
  if (!environment) return ENOMEM;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, descriptor, CHOST_TRIAL_DESCRIPTOR);
  for (int standard = 0; standard < 3; standard++)
    posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, CHOST_TRIAL_DESCRIPTOR + 1);
  int failure = spawn_clean(child, program, &actions, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  free_environment(environment, NULL);
  return failure;
}

int chost_try(const char *program, const char *flag, int descriptor, int milliseconds) {
  char parent[16], seconds[16];
  snprintf(parent, sizeof parent, "%d", getpid());
  snprintf(seconds, sizeof seconds, "%d", milliseconds / 1000 + 1);
  char *const arguments[] = {"patchbay", (char *)flag, parent, seconds, NULL};
  pid_t child;
  int failure = spawn_trial(&child, program, arguments, descriptor);
  if (failure != 0) return -failure;
  const struct timespec pause = {0, 1000000};
  for (int waited = 0; waited < milliseconds; waited++) {
    int status;
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) return -errno;
    if (ended == child) {
      /* What it has started must not stay. */
      kill(-child, SIGKILL);
      if (WIFSIGNALED(status)) return WTERMSIG(status);
      return WEXITSTATUS(status) == 0 ? 0 : 256 + WEXITSTATUS(status);
    }
    nanosleep(&pause, NULL);
  }
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return -ETIMEDOUT;
}

int chost_spawn(const char *path, char *const arguments[], const char *preload, int *pid) {
  char **environment = child_environment(preload);
  if (!environment) return -ENOMEM;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    int failure = -errno;
    free_environment(environment, preload);
    return failure;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  /* What a connector prints must not end up between the lines of a report. */
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
  pid_t child = 0;
  int status = posix_spawn(&child, path, &actions, NULL, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  free_environment(environment, preload);
  close(ends[1]);
  if (status != 0) {
    close(ends[0]);
    return -status;
  }
  *pid = child;
  return ends[0];
}

int chost_contains(const void *text, size_t count, const void *part, size_t part_count) {
  return memmem(text, count, part, part_count) != NULL;
}
