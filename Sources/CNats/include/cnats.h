#ifndef CNATS_H
#define CNATS_H

#include <stdbool.h>
#include <stdint.h>

// The functions of libnats that a cluster uses. The library is opened when a configuration names a cluster, and not
// before: nothing links it. Every type of it that is passed on is opaque, and there are no structures of its among
// them, so any libnats 3 will do.

typedef struct __natsConnection natsConnection;
typedef struct __natsSubscription natsSubscription;
typedef struct __natsMsg natsMsg;
typedef struct __natsOptions natsOptions;

typedef void (*cnats_message)(natsConnection *, natsSubscription *, natsMsg *, void *closure);
typedef void (*cnats_event)(natsConnection *, void *closure);

// Opens the library, once for the process. Writes why it cannot, if it cannot.
// Returns whether it is open. From any thread.
bool cnats_load(char *why, int size);

// The version of the library; empty before cnats_load.
const char *cnats_version(void);

// What is known of the last failure on this thread, for people.
const char *cnats_failure(int status);

// How a connection is made. A path may be NULL: none.
typedef struct {
  const char **servers;
  int server_count;
  const char *name;
  const char *credentials;
  bool secure;
  const char *authorities;
  const char *certificate;
  const char *key;
  int64_t timeout_ms;
} cnats_settings;

// Begins to connect, and goes on until cnats_close, however long the servers are away. 0 = it has begun.
// `changed` is called when a connection was made, and when one was lost; from a thread of the library.
int cnats_connect(natsConnection **connection, const cnats_settings *settings, cnats_event changed, void *closure);

// Whether there is a server.
bool cnats_connected(natsConnection *connection);

// Publishes; `reply` may be NULL. Headers are pairs of names and values. 0 = it was handed to the connection.
int cnats_publish(
    natsConnection *connection, const char *subject, const char *reply, const char *const *headers, int header_count,
    const void *data, int length);

// `heard` is called for each message, from a thread of the library; it has to release each with cnats_release.
int cnats_subscribe(
    natsSubscription **subscription, natsConnection *connection, const char *subject, cnats_message heard,
    void *closure);
void cnats_unsubscribe(natsSubscription *subscription);

const char *cnats_subject(natsMsg *message);
const char *cnats_reply(natsMsg *message);
const char *cnats_data(natsMsg *message);
int cnats_length(natsMsg *message);
// A header's value; NULL = it has none of that name.
const char *cnats_header(natsMsg *message, const char *name);
void cnats_release(natsMsg *message);

// Ends it. No callback comes afterwards but those that are under way.
void cnats_close(natsConnection *connection);

#endif
