#define _GNU_SOURCE
#include "cnet.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

int cnet_easy_long(void *easy, int option, long value) { return curl_easy_setopt(easy, (CURLoption)option, value); }

int cnet_easy_pointer(void *easy, int option, const void *value) {
  return curl_easy_setopt(easy, (CURLoption)option, value);
}

int cnet_easy_write(void *easy, size_t (*write)(char *, size_t, size_t, void *), void *context) {
  int code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
  return code ? code : (int)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
}

int cnet_easy_header(void *easy, size_t (*header)(char *, size_t, size_t, void *), void *context) {
  int code = curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
  return code ? code : (int)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
}

int cnet_easy_prerequest(void *easy, int (*ready)(void *, char *, char *, int, int), void *context) {
  int code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
  return code ? code : (int)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, ready);
}

int cnet_easy_info_long(void *easy, int info, long *value) { return curl_easy_getinfo(easy, (CURLINFO)info, value); }

int cnet_easy_info_socket(void *easy, int *descriptor) {
  curl_socket_t found = CURL_SOCKET_BAD;
  int code = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &found);
  *descriptor = (int)found;
  return code;
}

int cnet_easy_info_private(void *easy, void **value) {
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)value);
}

int cnet_multi_long(void *multi, int option, long value) {
  return curl_multi_setopt(multi, (CURLMoption)option, value);
}

int cnet_multi_callbacks(
    void *multi, int (*on_socket)(void *, int, int, void *, void *), int (*on_timer)(void *, long, void *),
    void *context) {
  int code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  return code;
}

int cnet_poll_create(void) {
  int poll = epoll_create1(EPOLL_CLOEXEC);
  return poll < 0 ? -errno : poll;
}

int cnet_poll_begin(int poll, int descriptor, uint64_t token, int readable, int writable) {
  struct epoll_event event = {.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0), .data.u64 = token};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0) return 0;
  if (errno != EEXIST) return -errno;
  return epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) == 0 ? 0 : -errno;
}

int cnet_poll_set(int poll, int descriptor, uint64_t token, int readable, int writable) {
  struct epoll_event event = {.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0), .data.u64 = token};
  if (epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
  if (errno != ENOENT) return -errno;
  return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : -errno;
}

void cnet_poll_remove(int poll, int descriptor) { epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, NULL); }

int cnet_poll_wait(int poll, cnet_ready *ready, int count, int64_t nanoseconds) {
  struct epoll_event events[64];
  if (count > 64) count = 64;
  if (nanoseconds < 0) nanoseconds = 0;
  struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  int found = epoll_pwait2(poll, events, count, &limit, NULL);
  if (found < 0 && errno == ENOSYS) {
    int64_t milliseconds = (nanoseconds + 999999) / 1000000;
    found = epoll_wait(poll, events, count, milliseconds > 60000 ? 60000 : (int)milliseconds);
  }
  if (found < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < found; i++) {
    ready[i].token = events[i].data.u64;
    ready[i].readable = (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    ready[i].writable = (events[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  }
  return found;
}

int cnet_wake_create(void) {
  int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

void cnet_wake(int descriptor) {
  uint64_t one = 1;
  /* It fails only when the counter is full, and then it is readable already. */
  ssize_t ignored = write(descriptor, &one, sizeof one);
  (void)ignored;
}

void cnet_wake_clear(int descriptor) {
  uint64_t count = 0;
  ssize_t ignored = read(descriptor, &count, sizeof count);
  (void)ignored;
}

void cnet_close(int descriptor) { close(descriptor); }

int cnet_random(void *bytes, size_t count) {
  char *next = bytes;
  while (count > 0) {
    ssize_t got = getrandom(next, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    next += got;
    count -= (size_t)got;
  }
  return 0;
}

long long cnet_peer_user(int descriptor) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? (long long)peer.uid : -1;
}

long cnet_find(const void *text, size_t count, const void *part, size_t part_count) {
  if (part_count == 0 || count < part_count) return -1;
  const char *found = memmem(text, count, part, part_count);
  return found == NULL ? -1 : found - (const char *)text;
}
