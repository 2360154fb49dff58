#define _GNU_SOURCE
#include "chost.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

int chost_guard_process(void) {
  /* A runtime's crash reporter, such as Swift's, prints the memory that registers point to. */
  static const int faults[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
  for (size_t index = 0; index < sizeof faults / sizeof *faults; index++) signal(faults[index], SIG_DFL);
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return -errno;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -errno;
  return 0;
}

void chost_raise_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void chost_wipe(void *bytes, size_t count) {
  if (count > 0) explicit_bzero(bytes, count);
}

/* Whole pages, so that unlocking one secret does not unlock its neighbour. */
static size_t pages(size_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (count + page) / page * page;
}

void *chost_secret_allocate(size_t count) {
  void *bytes = mmap(NULL, pages(count), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED) return NULL;
  /* Both are best effort: a process with a small RLIMIT_MEMLOCK still works. */
  mlock(bytes, pages(count));
  madvise(bytes, pages(count), MADV_DONTDUMP);
  /* A child, such as the one that tries a library, has no business with it. */
  madvise(bytes, pages(count), MADV_WIPEONFORK);
  return bytes;
}

void chost_secret_free(void *bytes, size_t count) {
  if (!bytes) return;
  chost_wipe(bytes, count);
  munmap(bytes, pages(count));
}

static int flush_folder(const char *path) {
  char *copy = strdup(path);
  if (!copy) return -ENOMEM;
  int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(copy);
  if (folder < 0) return -errno;
  int failure = fsync(folder) == 0 ? 0 : -errno;
  close(folder);
  return failure;
}

int chost_replace_private(const char *path, const void *bytes, size_t count) {
  size_t length = strlen(path) + 8;
  char *temporary = malloc(length);
  if (!temporary) return -ENOMEM;
  snprintf(temporary, length, "%s.XXXXXX", path);
  /* mkostemp makes it with mode 0600 under a name that nobody else has. */
  int file = mkostemp(temporary, O_CLOEXEC);
  int failure = file < 0 ? -errno : 0;
  const char *rest = bytes;
  size_t left = count;
  while (failure == 0 && left > 0) {
    ssize_t written = write(file, rest, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) failure = -errno;
    if (written > 0) {
      rest += written;
      left -= (size_t)written;
    }
  }
  if (failure == 0 && fsync(file) != 0) failure = -errno;
  if (file >= 0) close(file);
  if (failure == 0 && rename(temporary, path) != 0) failure = -errno;
  if (failure != 0 && file >= 0) unlink(temporary);
  free(temporary);
  return failure != 0 ? failure : flush_folder(path);
}

/* Judges an open file and closes it to others; 0, or minus errno. */
static int claim(int file) {
  struct stat status;
  if (fstat(file, &status) != 0) return -errno;
  if (!S_ISREG(status.st_mode)) return -ELOOP;
  if (status.st_uid != geteuid()) return -EPERM;
  if ((status.st_mode & 07777) == 0600) return 0;
  /* By way of /proc, since the descriptor may be one that only names the file. */
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  return chmod(path, 0600) == 0 ? 0 : -errno;
}

int chost_make_private(const char *path, int make) {
  /* With O_PATH: closing another kind of descriptor would drop the locks that this process has on the file. */
  int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0 && errno == ENOENT && make) file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return -errno;
  int failure = claim(file);
  close(file);
  return failure;
}

int chost_open_private(const char *path, int exclusive) {
  int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (exclusive ? O_EXCL : 0);
  int file = open(path, flags, 0600);
  if (file < 0) return -errno;
  int failure = claim(file);
  if (failure == 0 && ftruncate(file, 0) != 0) failure = -errno;
  if (failure == 0 || failure == -ELOOP) return file;
  close(file);
  return failure;
}

int chost_lock_private(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return -errno;
  int failure = claim(file);
  if (failure != 0) {
    close(file);
    return failure;
  }
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    int failure = -errno;
    close(file);
    return failure;
  }
  return file;
}

void chost_forget_password(void) {
  char *value = getenv(CHOST_PASSWORD);
  if (value) chost_wipe(value, strlen(value));
  unsetenv(CHOST_PASSWORD);
}

int chost_mode(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? (int)(status.st_mode & 07777) : -errno;
}

long chost_ask(const char *prompt, int echo, void *bytes, size_t limit) {
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return -errno;
  struct termios old, quiet;
  if (tcgetattr(terminal, &old) != 0) {
    long failure = -errno;
    close(terminal);
    return failure;
  }
  /* An interrupt between the two settings would leave the terminal without echo. */
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGTSTP);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  quiet = old;
  if (!echo) quiet.c_lflag &= ~(tcflag_t)ECHO;
  tcsetattr(terminal, TCSAFLUSH, &quiet);
  long count = 0;
  char *text = bytes;
  if (write(terminal, prompt, strlen(prompt)) < 0) count = -errno;
  while (count >= 0) {
    char character;
    ssize_t got = read(terminal, &character, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) count = -errno;
    if (got <= 0 || character == '\n') break;
    if ((size_t)count == limit) {
      count = -E2BIG;
      break;
    }
    text[count++] = character;
  }
  if (!echo && write(terminal, "\n", 1) < 0 && count >= 0) count = -errno;
  tcsetattr(terminal, TCSAFLUSH, &old);
  sigprocmask(SIG_SETMASK, &before, NULL);
  close(terminal);
  return count;
}
