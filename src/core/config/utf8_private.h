#ifndef ENTENTE_CONFIG_UTF8_PRIVATE_H
#define ENTENTE_CONFIG_UTF8_PRIVATE_H

#include "base/view.h"

/* True for well-formed UTF-8: shortest forms only, no surrogates, up to U+10FFFF. RFC 3629 */
bool utf8_is_valid(struct view text);

#endif
