#include "base/position.h"

#include <string.h>

const char *position_basename(const struct position *position)
{
    const char *slash = strrchr(position->file_view, '/');

    return slash ? slash + 1 : position->file_view;
}
