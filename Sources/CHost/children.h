/* Starting programs; of this module's own files. */
#pragma once
#include <signal.h>
#include <spawn.h>

/* Starts a program in a process group of its own, with signals as a process has them at first. 0, or errno. */
static inline int spawn_clean(
    pid_t *child, const char *program, const posix_spawn_file_actions_t *actions, char *const arguments[],
    char *const environment[]) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  int failure = posix_spawn(child, program, actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  return failure;
}
