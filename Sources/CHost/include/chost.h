/* Linux calls that Swift cannot import: variadic functions and constants behind macros. */
#pragma once
#include <stddef.h>
