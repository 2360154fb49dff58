#include <secp256k1.h>
#include <secp256k1_recovery.h>

/* Swift does not import macros that are made of macros. */
static const unsigned int csecp256k1_context_none = SECP256K1_CONTEXT_NONE;
static const unsigned int csecp256k1_uncompressed = SECP256K1_EC_UNCOMPRESSED;
