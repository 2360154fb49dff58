/* Network calls that Swift cannot import: libcurl's variadic functions, epoll's packed struct, and sockets that wake a
 * thread. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Where a part begins in a text; minus one = nowhere, or there is no part. */
long cnet_find(const void *text, size_t count, const void *part, size_t part_count);

/* The constants and plain functions of libcurl come from CCurl; handles are passed as they are. */

int cnet_easy_long(void *easy, int option, long value);
int cnet_easy_pointer(void *easy, int option, const void *value);
int cnet_easy_write(void *easy, size_t (*write)(char *bytes, size_t size, size_t count, void *context), void *context);
int cnet_easy_header(void *easy, size_t (*header)(char *bytes, size_t size, size_t count, void *context),
                     void *context);
/* Called once the connection is there and before anything of the request leaves; not 0 = do not send. */
int cnet_easy_prerequest(
    void *easy, int (*ready)(void *context, char *remote, char *local, int remote_port, int local_port), void *context);
int cnet_easy_info_long(void *easy, int info, long *value);
int cnet_easy_info_socket(void *easy, int *descriptor);
int cnet_easy_info_private(void *easy, void **value);

int cnet_multi_long(void *multi, int option, long value);
int cnet_multi_callbacks(
    void *multi, int (*on_socket)(void *easy, int descriptor, int what, void *context, void *own),
    int (*on_timer)(void *multi, long milliseconds, void *context), void *context);

/* What epoll says of one descriptor. */
typedef struct cnet_ready {
  uint64_t token;
  uint32_t readable; /* or hung up, or in error: reading tells */
  uint32_t writable;
} cnet_ready;

/* A new epoll set, or minus errno. */
int cnet_poll_create(void);
/* Watches a descriptor, or changes what is watched; level-triggered. 0 or minus errno. */
int cnet_poll_set(int poll, int descriptor, uint64_t token, int readable, int writable);
/* The same for a descriptor that is hardly ever watched already: one call of the system less. */
int cnet_poll_begin(int poll, int descriptor, uint64_t token, int readable, int writable);
void cnet_poll_remove(int poll, int descriptor);
/* Waits at most so many nanoseconds. The number of ready descriptors, 0 after a signal or the time, or minus errno. */
int cnet_poll_wait(int poll, cnet_ready *ready, int count, int64_t nanoseconds);

/* A descriptor that any thread can make readable, or minus errno. */
int cnet_wake_create(void);
void cnet_wake(int descriptor);
void cnet_wake_clear(int descriptor);

void cnet_close(int descriptor);
/* The user at the other end of a Unix socket, or -1. */
long long cnet_peer_user(int descriptor);
/* Bytes from the kernel's random source; 0, or minus errno. */
int cnet_random(void *bytes, size_t count);
