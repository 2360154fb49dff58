#define _GNU_SOURCE
#include "chost.h"
#include "children.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of Linux 6.3; older ones refuse it. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* Descriptors out of the way of those that the child gets. */
static void close_all(int descriptors[5]) {
  for (int i = 0; i < 5; i++)
    if (descriptors[i] >= 0) close(descriptors[i]);
}

static int move_away(const int descriptors[5], int moved[5]) {
  int failure = 0;
  for (int i = 0; i < 5; i++) {
    moved[i] = failure ? -1 : fcntl(descriptors[i], F_DUPFD_CLOEXEC, 16);
    if (moved[i] < 0 && !failure) failure = errno;
  }
  if (failure) close_all(moved);
  return failure;
}

int chost_worker_start(
    const char *program, char *const arguments[], const int descriptors[5], int *pid, int *watch) {
  int moved[5];
  int failure = move_away(descriptors, moved);
  if (failure) return -failure;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int standard = 0; standard < 3; standard++)
    posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0);
  for (int i = 0; i < 5; i++) posix_spawn_file_actions_adddup2(&actions, moved[i], CHOST_WORKER_LIBRARY + i);
  posix_spawn_file_actions_addclosefrom_np(&actions, CHOST_WORKER_SIGNAL + 1);
  char *const nothing[] = {NULL};
  pid_t child = 0;
  failure = spawn_clean(&child, program, &actions, arguments, nothing);
  posix_spawn_file_actions_destroy(&actions);
  close_all(moved);
  if (failure) return -failure;
  *pid = child;
  *watch = (int)syscall(SYS_pidfd_open, child, 0);
  return 0;
}

int chost_worker_ended(int pid) {
  int status;
  pid_t ended = waitpid(pid, &status, WNOHANG);
  if (ended < 0 && errno != EINTR) return 256;
  if (ended != pid) return -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 256 + WEXITSTATUS(status);
}

void chost_worker_kill(int pid) {
  kill(-pid, SIGKILL);
  kill(pid, SIGKILL);
}

int64_t chost_worker_time(int pid) {
  clockid_t clock;
  struct timespec time;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Fixed for the whole life of the process, and never to be raised. */
static int limit(int resource, rlim_t most) {
  struct rlimit both = {most, most};
  return setrlimit(resource, &both) == 0 ? 0 : errno;
}

static int set_limits(uint64_t memory) {
  const struct {
    int resource;
    rlim_t most;
  } limits[] = {
      {RLIMIT_DATA, memory},      {RLIMIT_CORE, 0}, {RLIMIT_FSIZE, 0},   {RLIMIT_NPROC, 0},
      {RLIMIT_NOFILE, 32},        {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_SIGPENDING, 16},
      {RLIMIT_STACK, 8u << 20},
  };
  int failure = 0;
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    int one = limit(limits[i].resource, limits[i].most);
    if (one) failure = one;
  }
  return failure;
}

/* A namespace that holds nobody else: what is not in it cannot be named. The user's comes first, since the others need
 * it where the host is not root. Nobody is mapped in it, so that it stands for no user. */
static void leave_namespaces(int32_t *layers) {
  const struct {
    int layer, flag;
  } all[] = {
      {CHOST_LAYER_USER, CLONE_NEWUSER},
      {CHOST_LAYER_NETWORK, CLONE_NEWNET},
      {CHOST_LAYER_MOUNT, CLONE_NEWNS},
      {CHOST_LAYER_IPC, CLONE_NEWIPC | CLONE_NEWUTS},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) layers[all[i].layer] = unshare(all[i].flag) == 0 ? 0 : errno;
  /* What is mounted outside from now on does not appear here. */
  if (layers[CHOST_LAYER_MOUNT] == 0) mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int drop_capabilities(void) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2];
  memset(none, 0, sizeof none);
  return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

int chost_files_close(int is_loading);
int chost_filter_first(void);
int chost_filter_final(void);

int chost_worker_confine(int parent, uint64_t memory, int32_t layers[CHOST_LAYER_COUNT]) {
  for (int i = 0; i < CHOST_LAYER_COUNT; i++) layers[i] = -1;
  /* No handler of faults: a runtime's crash reporter would ask the system for what it may not, and hide the fault. */
  int guarded = chost_guard_process();
  leave_namespaces(layers);
  layers[CHOST_LAYER_LIMITS] = set_limits(memory);
  layers[CHOST_LAYER_CAPABILITIES] = drop_capabilities();
  /* A change of what it may do can take this back, so it comes after. */
  layers[CHOST_LAYER_PARENT] = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 ? 0 : errno;
  if (getppid() != parent) return -ESRCH;
  layers[CHOST_LAYER_UNDUMPABLE] = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? -guarded : errno;
  layers[CHOST_LAYER_PRIVILEGES] = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
  layers[CHOST_LAYER_LANDLOCK] = chost_files_close(1);
  layers[CHOST_LAYER_FIRST_FILTER] = chost_filter_first();
  const int needed[] = {
      CHOST_LAYER_PARENT, CHOST_LAYER_LIMITS, CHOST_LAYER_CAPABILITIES, CHOST_LAYER_PRIVILEGES,
      CHOST_LAYER_FIRST_FILTER,
  };
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    if (layers[needed[i]] != 0) return -layers[needed[i]];
  return 0;
}

int chost_worker_seal(int32_t layers[CHOST_LAYER_COUNT]) {
  /* The second rule set leaves not even the system's libraries. */
  if (layers[CHOST_LAYER_LANDLOCK] == 0) layers[CHOST_LAYER_LANDLOCK] = chost_files_close(0);
  layers[CHOST_LAYER_FINAL_FILTER] = chost_filter_final();
  return -layers[CHOST_LAYER_FINAL_FILTER];
}

/* Rings and events */

int chost_ring_create(size_t bytes) {
  int descriptor = memfd_create("patchbay-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (descriptor < 0) descriptor = memfd_create("patchbay-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -errno;
  /* One that shrinks would end whoever reads what is gone. */
  if (ftruncate(descriptor, (off_t)bytes) != 0 || fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
    int failure = -errno;
    close(descriptor);
    return failure;
  }
  return descriptor;
}

int chost_ring_close_to_writers(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0 ? 0 : -errno;
}

void *chost_ring_map(int descriptor, size_t bytes, int writable) {
  int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void *start = mmap(NULL, bytes, protection, MAP_SHARED, descriptor, 0);
  return start == MAP_FAILED ? NULL : start;
}

void chost_ring_unmap(void *start, size_t bytes) { munmap(start, bytes); }

int chost_event_create(int is_waiting) {
  int descriptor = eventfd(0, EFD_CLOEXEC | (is_waiting ? 0 : EFD_NONBLOCK));
  return descriptor < 0 ? -errno : descriptor;
}

void chost_event_take(int descriptor) {
  uint64_t count;
  while (read(descriptor, &count, sizeof count) < 0 && errno == EINTR) continue;
}

void chost_event_signal(int descriptor) {
  const uint64_t one = 1;
  while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) continue;
}

int chost_wait_readable(int descriptor, int other, int milliseconds) {
  struct pollfd both[2] = {{.fd = descriptor, .events = POLLIN}, {.fd = other, .events = POLLIN}};
  return poll(both, other < 0 ? 1 : 2, milliseconds) > 0;
}
