/* Calls of libmicrohttpd that Swift cannot import, and listening sockets. */
#pragma once
#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

/* Constants of libmicrohttpd by names that Swift sees. */
static const enum MHD_Result cgateway_no = MHD_NO;
static const enum MHD_Result cgateway_yes = MHD_YES;
static const enum MHD_ValueKind cgateway_header = MHD_HEADER_KIND;
static const enum MHD_ValueKind cgateway_argument = MHD_GET_ARGUMENT_KIND;
static const enum MHD_ConnectionNotificationCode cgateway_started = MHD_CONNECTION_NOTIFY_STARTED;
static const enum MHD_ResponseMemoryMode cgateway_copied = MHD_RESPMEM_MUST_COPY;

/* What a daemon bounds. */
typedef struct cgateway_limits {
  unsigned connections;
  unsigned idle_seconds;
  size_t head_bytes;
} cgateway_limits;

/* A daemon on a listening socket, driven from outside: whoever made it waits for `cgateway_poll` to become readable and
 * calls MHD_run. With a key and a certificate (PEM) it speaks TLS. NULL when it cannot be made; the socket then stays
 * the caller's. */
struct MHD_Daemon *cgateway_start(
    int listening, const char *key, const char *certificate, cgateway_limits limits,
    MHD_NotifyConnectionCallback changed, MHD_AccessHandlerCallback handle, MHD_RequestCompletedCallback completed,
    void *context);

/* Ends a connection from outside: its socket neither sends nor receives any more, and the daemon lets go of it. */
void cgateway_cut(struct MHD_Connection *connection);

/* The descriptor that is readable when the daemon has something to do. */
int cgateway_poll(struct MHD_Daemon *daemon);

/* Gives an upgraded connection back; its socket is closed. */
void cgateway_finish(struct MHD_UpgradeResponseHandle *handle);

/* A listening socket on a numeric address, or minus errno. `version` is 4 or 6. */
int cgateway_listen(const char *address, int version, uint16_t port);
/* The port that it got. */
int cgateway_port(int descriptor);
/* Bytes that were sent, or minus errno; no signal when nobody reads. */
long cgateway_send(int descriptor, const void *bytes, size_t count);
/* Bytes that came, 0 at the end, or minus errno. */
long cgateway_receive(int descriptor, void *bytes, size_t count);
/* Makes calls on a socket return at once, and has the kernel keep about so many bytes that its peer has not read. */
int cgateway_prepare(int descriptor, int bytes);
