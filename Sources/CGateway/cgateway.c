#include "cgateway.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* As the library does it, but %00 stays as it is: a NUL would end the text for whoever reads it. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  char *end = text, *next = text;
  while (*next) {
    int isByte = *next == '%' && isxdigit((unsigned char)next[1]) && isxdigit((unsigned char)next[2]);
    if (isByte && !(next[1] == '0' && next[2] == '0')) {
      char digits[3] = {next[1], next[2], 0};
      *end++ = (char)strtol(digits, NULL, 16);
      next += 3;
    } else {
      *end++ = *next++;
    }
  }
  *end = 0;
  return (size_t)(end - text);
}

void cgateway_cut(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info) shutdown(info->connect_fd, SHUT_RDWR);
}

struct MHD_Daemon *cgateway_start(
    int listening, const char *key, const char *certificate, cgateway_limits limits,
    MHD_NotifyConnectionCallback changed, MHD_AccessHandlerCallback handle, MHD_RequestCompletedCallback completed,
    void *context) {
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
      {MHD_OPTION_END, 0, NULL},
  };
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME | (key ? MHD_USE_TLS : 0);
  return MHD_start_daemon(
      flags, 0, NULL, NULL, handle, context, MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_NOTIFY_COMPLETED,
      completed, context, MHD_OPTION_NOTIFY_CONNECTION, changed, context, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
      MHD_OPTION_CONNECTION_LIMIT, limits.connections, MHD_OPTION_CONNECTION_TIMEOUT, limits.idle_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.head_bytes, MHD_OPTION_ARRAY, key ? tls : none, MHD_OPTION_END);
}

int cgateway_poll(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}

void cgateway_finish(struct MHD_UpgradeResponseHandle *handle) {
  MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

int cgateway_listen(const char *address, int version, uint16_t port) {
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  void *place = version == 6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr;
  int family = version == 6 ? AF_INET6 : AF_INET;
  if (inet_pton(family, address, place) != 1) return -EINVAL;
  int made = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return -errno;
  int on = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (version == 6) setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const struct sockaddr *name = version == 6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
  if (bind(made, name, version == 6 ? sizeof six : sizeof four) == 0 && listen(made, 128) == 0) return made;
  int fault = errno;
  close(made);
  return -fault;
}

int cgateway_port(int descriptor) {
  struct sockaddr_storage name;
  socklen_t size = sizeof name;
  if (getsockname(descriptor, (struct sockaddr *)&name, &size) != 0) return -1;
  if (name.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&name)->sin_port);
  return name.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&name)->sin6_port) : -1;
}

long cgateway_send(int descriptor, const void *bytes, size_t count) {
  ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? -errno : sent;
}

long cgateway_receive(int descriptor, void *bytes, size_t count) {
  ssize_t got = recv(descriptor, bytes, count, MSG_DONTWAIT);
  return got < 0 ? -errno : got;
}

int cgateway_prepare(int descriptor, int bytes) {
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}
