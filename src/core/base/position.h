#ifndef ENTENTE_BASE_POSITION_H
#define ENTENTE_BASE_POSITION_H

#include <stdint.h>

/* A word in a file, from 1. line 0: no position (a default, or made by a program). */
struct position {
    const char *file_view; /* as it was opened; lives in the ruleset or policy that was parsed */
    uint32_t line;
    uint32_t column; /* octets */
};

/* The part of a file name after its last '/', as log lines name it. */
const char *position_basename(const struct position *position);

#endif
