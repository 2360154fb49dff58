#include "cnats.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

// What of libnats is called: its name, what it gives, what it takes. nats.h has the same; it is not included, so that
// neither building nor running needs the library.
#define FUNCTIONS(F)                                                                                                  \
  F(int, nats_Open, (int64_t))                                                                                        \
  F(const char *, nats_GetVersion, (void))                                                                            \
  F(const char *, nats_GetLastError, (int *))                                                                         \
  F(const char *, natsStatus_GetText, (int))                                                                          \
  F(int, natsOptions_Create, (natsOptions **))                                                                        \
  F(void, natsOptions_Destroy, (natsOptions *))                                                                       \
  F(int, natsOptions_SetServers, (natsOptions *, const char **, int))                                                 \
  F(int, natsOptions_SetName, (natsOptions *, const char *))                                                          \
  F(int, natsOptions_SetUserCredentialsFromFiles, (natsOptions *, const char *, const char *))                        \
  F(int, natsOptions_SetSecure, (natsOptions *, bool))                                                                \
  F(int, natsOptions_LoadCATrustedCertificates, (natsOptions *, const char *))                                        \
  F(int, natsOptions_LoadCertificatesChain, (natsOptions *, const char *, const char *))                              \
  F(int, natsOptions_SetTimeout, (natsOptions *, int64_t))                                                            \
  F(int, natsOptions_SetPingInterval, (natsOptions *, int64_t))                                                       \
  F(int, natsOptions_SetMaxPingsOut, (natsOptions *, int))                                                            \
  F(int, natsOptions_SetMaxReconnect, (natsOptions *, int))                                                           \
  F(int, natsOptions_SetReconnectWait, (natsOptions *, int64_t))                                                      \
  F(int, natsOptions_SetSendAsap, (natsOptions *, bool))                                                              \
  F(int, natsOptions_SetNoEcho, (natsOptions *, bool))                                                                \
  F(int, natsOptions_SetRetryOnFailedConnect, (natsOptions *, bool, cnats_event, void *))                             \
  F(int, natsOptions_SetReconnectedCB, (natsOptions *, cnats_event, void *))                                          \
  F(int, natsOptions_SetDisconnectedCB, (natsOptions *, cnats_event, void *))                                         \
  F(int, natsConnection_Connect, (natsConnection **, natsOptions *))                                                  \
  F(int, natsConnection_Status, (natsConnection *))                                                                   \
  F(void, natsConnection_Close, (natsConnection *))                                                                   \
  F(void, natsConnection_Destroy, (natsConnection *))                                                                 \
  F(int, natsConnection_PublishMsg, (natsConnection *, natsMsg *))                                                    \
  F(int, natsConnection_Subscribe,                                                                                    \
    (natsSubscription **, natsConnection *, const char *, cnats_message, void *))                                     \
  F(void, natsSubscription_Destroy, (natsSubscription *))                                                             \
  F(int, natsMsg_Create, (natsMsg **, const char *, const char *, const char *, int))                                 \
  F(void, natsMsg_Destroy, (natsMsg *))                                                                               \
  F(const char *, natsMsg_GetSubject, (const natsMsg *))                                                              \
  F(const char *, natsMsg_GetReply, (const natsMsg *))                                                                \
  F(const char *, natsMsg_GetData, (const natsMsg *))                                                                 \
  F(int, natsMsg_GetDataLength, (const natsMsg *))                                                                    \
  F(int, natsMsgHeader_Set, (natsMsg *, const char *, const char *))                                                  \
  F(int, natsMsgHeader_Get, (natsMsg *, const char *, const char **))

#define POINTER(result, name, arguments) result(*name) arguments;
static struct { FUNCTIONS(POINTER) } nats;
#undef POINTER

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_open = false;

static bool open_library(char *why, int size) {
  // Debian names it by its minor version; other systems by its major one.
  static const char *const names[] = {
    "libnats.so.3", "libnats.so.3.4", "libnats.so.3.7", "libnats.so.3.8", "libnats.so.3.9", "libnats.so.3.10",
    "libnats.so",
  };
  void *library = NULL;
  for (size_t index = 0; library == NULL && index < sizeof names / sizeof *names; index++) {
    library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
  }
  if (library == NULL) {
    snprintf(why, (size_t)size, "%s", dlerror());
    return false;
  }
  // What an older library lacks is named rather than called.
#define FIND(result, function, arguments)                                                                             \
  nats.function = (result(*) arguments)dlsym(library, #function);                                                     \
  if (nats.function == NULL) {                                                                                        \
    snprintf(why, (size_t)size, "libnats has no function %s", #function);                                             \
    return false;                                                                                                     \
  }
  FUNCTIONS(FIND)
#undef FIND
  int status = nats.nats_Open(-1);
  if (status != 0) snprintf(why, (size_t)size, "libnats: %s", nats.natsStatus_GetText(status));
  return status == 0;
}

bool cnats_load(char *why, int size) {
  pthread_mutex_lock(&lock);
  if (!is_open) is_open = open_library(why, size);
  bool result = is_open;
  pthread_mutex_unlock(&lock);
  return result;
}

const char *cnats_version(void) { return is_open ? nats.nats_GetVersion() : ""; }

const char *cnats_failure(int status) {
  int last = 0;
  const char *text = nats.nats_GetLastError(&last);
  return text != NULL && text[0] != 0 && last == status ? text : nats.natsStatus_GetText(status);
}

static int set(natsOptions *options, const cnats_settings *settings, cnats_event changed, void *closure) {
  int status = nats.natsOptions_SetServers(options, settings->servers, settings->server_count);
  if (status == 0) status = nats.natsOptions_SetName(options, settings->name);
  if (status == 0 && settings->credentials != NULL) {
    status = nats.natsOptions_SetUserCredentialsFromFiles(options, settings->credentials, NULL);
  }
  if (status == 0 && settings->secure) status = nats.natsOptions_SetSecure(options, true);
  if (status == 0 && settings->authorities != NULL) {
    status = nats.natsOptions_LoadCATrustedCertificates(options, settings->authorities);
  }
  if (status == 0 && settings->certificate != NULL) {
    status = nats.natsOptions_LoadCertificatesChain(options, settings->certificate, settings->key);
  }
  if (status == 0) status = nats.natsOptions_SetTimeout(options, settings->timeout_ms);
  // A server that is silent for two of these is left for another.
  if (status == 0) status = nats.natsOptions_SetPingInterval(options, settings->timeout_ms);
  if (status == 0) status = nats.natsOptions_SetMaxPingsOut(options, 2);
  if (status == 0) status = nats.natsOptions_SetMaxReconnect(options, -1);
  if (status == 0) status = nats.natsOptions_SetReconnectWait(options, 250);
  if (status == 0) status = nats.natsOptions_SetSendAsap(options, true);
  if (status == 0) status = nats.natsOptions_SetNoEcho(options, true);
  if (status == 0) status = nats.natsOptions_SetRetryOnFailedConnect(options, true, changed, closure);
  if (status == 0) status = nats.natsOptions_SetReconnectedCB(options, changed, closure);
  if (status == 0) status = nats.natsOptions_SetDisconnectedCB(options, changed, closure);
  return status;
}

int cnats_connect(natsConnection **connection, const cnats_settings *settings, cnats_event changed, void *closure) {
  natsOptions *options = NULL;
  int status = nats.natsOptions_Create(&options);
  if (status == 0) status = set(options, settings, changed, closure);
  if (status == 0) status = nats.natsConnection_Connect(connection, options);
  if (options != NULL) nats.natsOptions_Destroy(options);
  // NATS_NOT_YET_CONNECTED: it goes on trying.
  return *connection != NULL ? 0 : status;
}

bool cnats_connected(natsConnection *connection) { return nats.natsConnection_Status(connection) == 2; }

int cnats_publish(
    natsConnection *connection, const char *subject, const char *reply, const char *const *headers, int header_count,
    const void *data, int length) {
  natsMsg *message = NULL;
  int status = nats.natsMsg_Create(&message, subject, reply, data, length);
  for (int index = 0; status == 0 && index + 1 < header_count; index += 2) {
    status = nats.natsMsgHeader_Set(message, headers[index], headers[index + 1]);
  }
  if (status == 0) status = nats.natsConnection_PublishMsg(connection, message);
  if (message != NULL) nats.natsMsg_Destroy(message);
  return status;
}

int cnats_subscribe(
    natsSubscription **subscription, natsConnection *connection, const char *subject, cnats_message heard,
    void *closure) {
  return nats.natsConnection_Subscribe(subscription, connection, subject, heard, closure);
}

void cnats_unsubscribe(natsSubscription *subscription) { nats.natsSubscription_Destroy(subscription); }

const char *cnats_subject(natsMsg *message) { return nats.natsMsg_GetSubject(message); }
const char *cnats_reply(natsMsg *message) { return nats.natsMsg_GetReply(message); }
const char *cnats_data(natsMsg *message) { return nats.natsMsg_GetData(message); }
int cnats_length(natsMsg *message) { return nats.natsMsg_GetDataLength(message); }

const char *cnats_header(natsMsg *message, const char *name) {
  const char *value = NULL;
  return nats.natsMsgHeader_Get(message, name, &value) == 0 ? value : NULL;
}

void cnats_release(natsMsg *message) { nats.natsMsg_Destroy(message); }

void cnats_close(natsConnection *connection) {
  nats.natsConnection_Close(connection);
  nats.natsConnection_Destroy(connection);
}
