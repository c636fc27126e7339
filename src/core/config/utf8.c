#include "config/utf8_private.h"

/* Lead octets and what may follow at once: the table of RFC 3629 section 4. */
static const struct {
    uint8_t low, high;               /* lead octet */
    uint8_t second_low, second_high; /* the octet after it */
    uint8_t continuation_count;      /* all after the lead; those past the second are 80-BF */
} forms[] = {
    {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 0x80, 0xbf, 1}, {0xe0, 0xe0, 0xa0, 0xbf, 2},
    {0xe1, 0xec, 0x80, 0xbf, 2}, {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2},
    {0xf0, 0xf0, 0x90, 0xbf, 3}, {0xf1, 0xf3, 0x80, 0xbf, 3}, {0xf4, 0xf4, 0x80, 0x8f, 3},
};

/* Octets of the character at the start of the view; 0: none that is well-formed. */
static size_t character_bytes(struct view text)
{
    for (size_t i = 0; i < COUNT(forms); i++) {
        size_t bytes = forms[i].continuation_count + 1u;

        if (text.data[0] < forms[i].low || text.data[0] > forms[i].high)
            continue;
        if (bytes > text.bytes)
            return 0;
        for (size_t j = 1; j < bytes; j++) {
            uint8_t low = j == 1 ? forms[i].second_low : 0x80;
            uint8_t high = j == 1 ? forms[i].second_high : 0xbf;

            if (text.data[j] < low || text.data[j] > high)
                return 0;
        }
        return bytes;
    }
    return 0;
}

bool utf8_is_valid(struct view text)
{
    while (text.bytes > 0) {
        size_t bytes = character_bytes(text);

        if (bytes == 0)
            return false;
        text = view_of(text.data + bytes, text.bytes - bytes);
    }
    return true;
}
