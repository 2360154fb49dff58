#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a worker may ask of the system: two filters, and the files that it sees. Whatever is not listed ends it. */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "there are no filters for this processor"
#endif

enum { LONGEST = 512 };

struct program {
  struct sock_filter code[LONGEST];
  unsigned short count;
};

/* (argument & mask) == value, over the lower half of an argument, or the upper one. */
struct condition {
  int argument;
  uint32_t mask, value;
  int is_upper;
};

static void put(struct program *program, struct sock_filter step) {
  if (program->count < LONGEST) program->code[program->count++] = step;
}

static void load_number(struct program *program) {
  put(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
}

/* Lets a call through where all conditions hold. Several rules of one call are alternatives. */
static void allow_if(struct program *program, long number, const struct condition *conditions, int count) {
  unsigned char length = (unsigned char)(3 * count + 2);
  put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, length));
  for (int i = 0; i < count; i++) {
    const struct condition *one = &conditions[i];
    uint32_t place = (uint32_t)(offsetof(struct seccomp_data, args) + 8 * (size_t)one->argument);
    unsigned char rest = (unsigned char)(3 * (count - 1 - i) + 1);
    put(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place + (one->is_upper ? 4 : 0)));
    put(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, one->mask));
    put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one->value, 0, rest));
  }
  put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  load_number(program);
}

static void allow(struct program *program, const long *numbers, size_t count) {
  for (size_t i = 0; i < count; i++) allow_if(program, numbers[i], NULL, 0);
}

#define EVERY 0xffffffffu
#define ALLOW(program, ...) \
  do { \
    const long numbers[] = {__VA_ARGS__}; \
    allow(program, numbers, sizeof numbers / sizeof *numbers); \
  } while (0)
#define ALLOW_IF(program, number, ...) \
  do { \
    const struct condition conditions[] = {__VA_ARGS__}; \
    allow_if(program, number, conditions, sizeof conditions / sizeof *conditions); \
  } while (0)

static void begin(struct program *program) {
  program->count = 0;
  put(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
  put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
  put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  load_number(program);
#if defined(__x86_64__)
  /* The calls of x32 have numbers of their own, which no rule means. */
  put(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1));
  put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
#endif
}

/* What both filters let through: memory without a page that can be both written and run, waiting, and the end. */
static void allow_living(struct program *program) {
  ALLOW(
      program, SYS_munmap, SYS_madvise, SYS_brk, SYS_mremap, SYS_futex, SYS_clock_gettime, SYS_getrandom,
      SYS_sched_yield, SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_restart_syscall,
      SYS_getpid, SYS_gettid);
  ALLOW_IF(program, SYS_mprotect, {2, PROT_EXEC, 0, 0});
  /* abort() raises its signal so. */
  ALLOW_IF(program, SYS_tgkill, {0, EVERY, (uint32_t)getpid(), 0}, {2, EVERY, SIGABRT, 0});
  ALLOW_IF(program, SYS_write, {0, EVERY, 2, 0});
  ALLOW_IF(program, SYS_write, {0, EVERY, CHOST_WORKER_SIGNAL, 0});
}

static int install(const struct program *program) {
  if (program->count >= LONGEST) return E2BIG;
  struct sock_fprog all = {program->count, (struct sock_filter *)program->code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all) == 0 ? 0 : errno;
}

static void end(struct program *program) {
  put(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
}

/* While the library is loaded: the dynamic linker reads files and maps their code. What is run must come from a file
 * that nobody can write, and cannot be written where it is mapped. */
int chost_filter_first(void) {
  struct program program;
  begin(&program);
  allow_living(&program);
  ALLOW(
      &program, SYS_read, SYS_pread64, SYS_lseek, SYS_close, SYS_fstat, SYS_newfstatat, SYS_readlinkat, SYS_faccessat,
      SYS_getcwd, SYS_sched_getaffinity, SYS_sysinfo, SYS_uname, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid);
#if defined(__x86_64__)
  ALLOW(&program, SYS_readlink, SYS_access);
#endif
  ALLOW_IF(&program, SYS_openat, {2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_PATH, O_RDONLY, 0});
  ALLOW_IF(&program, SYS_mmap, {2, PROT_EXEC, 0, 0});
  ALLOW_IF(&program, SYS_mmap, {2, PROT_EXEC | PROT_WRITE, PROT_EXEC, 0}, {3, MAP_ANONYMOUS, 0, 0});
  /* A runtime of its own, as Swift's, asks whether its output is a terminal: this looks, and changes nothing. */
  ALLOW_IF(&program, SYS_ioctl, {1, EVERY, TCGETS, 0});
  ALLOW_IF(&program, SYS_prlimit64, {2, EVERY, 0, 0}, {2, EVERY, 0, 1});
  /* What can only take more away, for the final layers. */
  ALLOW(&program, SYS_seccomp, SYS_landlock_create_ruleset, SYS_landlock_restrict_self);
  end(&program);
  return install(&program);
}

/* From then on: its own memory, the two events, and the end. Both filters are asked from here on, so that the first has
 * to let all of this through as well. */
int chost_filter_final(void) {
  struct program program;
  begin(&program);
  allow_living(&program);
  ALLOW_IF(&program, SYS_read, {0, EVERY, CHOST_WORKER_WAKE, 0});
  /* Shared memory would be beyond the limit. */
  const uint32_t kinds = MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS;
  ALLOW_IF(&program, SYS_mmap, {2, PROT_EXEC, 0, 0}, {3, kinds, MAP_PRIVATE | MAP_ANONYMOUS, 0});
  end(&program);
  return install(&program);
}

/* Files */

static uint64_t files_of(long version) {
  /* The rights of the first version, and those that later ones added. */
  uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) rights |= 1ull << 13; /* moving between folders */
  if (version >= 3) rights |= 1ull << 14; /* truncating */
  if (version >= 5) rights |= 1ull << 15; /* asking devices */
  return rights;
}

static void let_read(int rules, const char *folder) {
  struct landlock_path_beneath_attr rule = {0};
  rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
  rule.parent_fd = open(folder, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return;
  syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(rule.parent_fd);
}

/* The folder that a library of this program lies in: what a connector shares with it, such as a language's runtime, is
 * there, and the linker looks at it again. */
static int let_read_beside(struct dl_phdr_info *library, size_t size, void *rules) {
  (void)size;
  char folder[PATH_MAX];
  const char *end = library->dlpi_name ? strrchr(library->dlpi_name, '/') : NULL;
  if (!end || end == library->dlpi_name || (size_t)(end - library->dlpi_name) >= sizeof folder) return 0;
  memcpy(folder, library->dlpi_name, (size_t)(end - library->dlpi_name));
  folder[end - library->dlpi_name] = 0;
  let_read(*(int *)rules, folder);
  return 0;
}

/* Sees to it that no file can be opened but, while the library is loaded, the system's libraries. 0, or errno. */
int chost_files_close(int is_loading) {
  /* The fields that this kernel's version knows; a shorter structure means the older version. */
  struct {
    uint64_t files, network, scopes;
  } wanted = {0, 0, 0};
  static long version;
  /* Asked once: the final filter's process asks nothing any more that it need not. */
  if (is_loading) version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 0) return errno;
  wanted.files = files_of(version);
  size_t size = sizeof wanted.files;
  if (version >= 4) {
    wanted.network = 3; /* binding and connecting by TCP */
    size = 2 * sizeof(uint64_t);
  }
  if (version >= 6) {
    wanted.scopes = 3; /* abstract sockets and signals to others */
    size = sizeof wanted;
  }
  int rules = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
  if (rules < 0) return errno;
  if (is_loading) {
    const char *const folders[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) let_read(rules, folders[i]);
    dl_iterate_phdr(let_read_beside, &rules);
  }
  int failure = syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : errno;
  close(rules);
  return failure;
}
