/* Linux calls that Swift cannot import: variadic functions and constants behind macros. */
#pragma once
#include <stddef.h>

#include "worker.h"

/* A memory file with these bytes, sealed against any change. Returns its descriptor, or minus errno. */
int chost_sealed_memory(const char *name, const void *bytes, size_t count);

/* Loads the shared library behind a descriptor: all symbols resolved now, none lent to other libraries, never unloaded.
 * Returns null and sets *message to a text that lives until the next call on this thread. */
void *chost_load(int descriptor, const char **message);

/* The descriptor at which a trial finds its library. */
#define CHOST_TRIAL_DESCRIPTOR 3

/* Starts a program, which loads the library behind a descriptor as a trial, and waits for it: what crashes, ends or
 * never comes back does so there. Its arguments are flag, the number of this process, and seconds of processor time.
 * 0 = it came back; the signal's number; 256 plus its exit code, when it ended the process; -ETIMEDOUT after so many
 * milliseconds; or minus errno. It has no other descriptors, no CHOST_PASSWORD, and prints nothing. */
int chost_try(const char *program, const char *flag, int descriptor, int milliseconds);

/* Makes this process a trial: it dies with its parent, leaves no core, and has so many seconds. 0, or minus errno. */
int chost_become_trial(int parent, int seconds);

/* The library of the trial, or null where the linker refuses it. */
void *chost_load_trial(void);

/* Lets go of the library, and ends this process with code 0. */
_Noreturn void chost_end_trial(void *library);

/* Looks a function up in a loaded library; null when it has none of that name. */
void *chost_function(void *library, const char *name);

/* Reads a regular file whole. Returns malloc'ed bytes and sets *count; on failure null and *error is errno, or 0 when
 * the file is not a regular file or larger than limit. */
void *chost_read(const char *path, size_t limit, size_t *count, int *error);

/* Bytes of heap in use in this process (glibc's count over all arenas). */
size_t chost_heap_bytes(void);

/* How often this process has asked for memory, when the counting library was loaded before it; else -1. */
long long chost_allocations(void);

/* The variable that may hold the key store's password. */
#define CHOST_PASSWORD "PATCHBAY_PASSWORD"

/* Starts a program whose descriptor 3 is the writing end of a pipe; it does not inherit CHOST_PASSWORD. preload may be
 * null, or a library to load first. Returns the pipe's reading end and sets *pid, or minus errno. */
int chost_spawn(const char *path, char *const arguments[], const char *preload, int *pid);

/* Whether a part stands in a text; 1 or 0. */
int chost_contains(const void *text, size_t count, const void *part, size_t part_count);

/* Keeps secrets of this process out of core dumps, crash reports and debuggers: no core file, no handler of faults, not
 * dumpable. 0, or minus errno. */
int chost_guard_process(void);

/* Lets this process have as many descriptors as the system allows it: 256 streams and as many requests of each
 * connector must not keep the control socket from taking a client. Best effort. */
void chost_raise_descriptors(void);

/* Overwrites bytes in a way that no optimiser removes. */
void chost_wipe(void *bytes, size_t count);

/* Memory for a secret: kept out of core dumps and, where the limit allows, out of swap. Null when there is none. */
void *chost_secret_allocate(size_t count);

/* Wipes and gives back what chost_secret_allocate gave; count is the same. */
void chost_secret_free(void *bytes, size_t count);

/* Replaces a file as a whole: written beside it with mode 0600, flushed, renamed, its folder flushed. 0, or minus
 * errno, and then the old file is as it was. */
int chost_replace_private(const char *path, const void *bytes, size_t count);

/* Sees to it that a file is a regular one of this user's with mode 0600, whatever it was and whatever the mask; links
 * are not followed. make: 1 = one that is missing is made, empty. 0, -ENOENT, -ELOOP for what is no regular file,
 * -EPERM for another user's, or minus errno. Takes no lock of the file away. */
int chost_make_private(const char *path, int make);

/* Opens a file for writing, empty, with mode 0600 whatever it was; links are not followed. exclusive: 1 = it must not
 * be there. What is there and no regular file, such as a pipe, is opened as it is. The descriptor, or minus errno. */
int chost_open_private(const char *path, int exclusive);

/* Opens or makes a file with mode 0600 and locks it. Its descriptor, -EWOULDBLOCK when another one holds it, or minus
 * errno. Closing it unlocks. */
int chost_lock_private(const char *path);

/* Overwrites CHOST_PASSWORD in this process's environment and removes it. Before other threads start. */
void chost_forget_password(void);

/* The permission bits of a file, or minus errno. */
int chost_mode(const char *path);

/* Prints a prompt on the terminal and reads a line there, with or without echo. The count without the line's end, or
 * minus errno; -E2BIG when it is longer than limit. */
long chost_ask(const char *prompt, int echo, void *bytes, size_t limit);

/* Whether the kernel says that something keeps its clock in time: 1, 0, or minus errno where it cannot be asked. */
int chost_clock_is_kept(void);

/* Whether a folder lies on a file system of another machine (NFS, SMB, 9P, FUSE): 1, 0, or minus errno. */
int chost_is_remote(const char *path);

/* Opens a name inside an open folder: no link is followed, and nothing is waited for. flags are those of open(2), mode
 * counts where it makes the file. The descriptor, or minus errno. */
int chost_open_at(int folder, const char *name, int flags, unsigned mode);

/* What a rename does with what stands at the new name. */
#define CHOST_RENAME_NEW 0      /* it must not be there: -EEXIST */
#define CHOST_RENAME_EXCHANGE 1 /* the two change places, at once */

/* Renames between open folders, atomically. 0, or minus errno; -EINVAL where the file system cannot exchange. */
int chost_rename_at(int from, const char *old_name, int to, const char *new_name, int how);
