#include "config/number_private.h"

#define SECONDS_MOST UINT64_C(1000000000)

static unsigned digit_value(uint8_t octet)
{
    if (octet >= '0' && octet <= '9')
        return (unsigned)(octet - '0');
    if (octet >= 'a' && octet <= 'f')
        return (unsigned)(octet - 'a') + 10;
    if (octet >= 'A' && octet <= 'F')
        return (unsigned)(octet - 'A') + 10;
    return 255;
}

static enum status digits_parse(struct view digits, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    bool is_over = false;

    if (digits.bytes == 0)
        return STATUS_MALFORMED;
    for (size_t i = 0; i < digits.bytes; i++) {
        unsigned digit = digit_value(digits.data[i]);

        if (digit >= base)
            return STATUS_MALFORMED;
        is_over = is_over || value > (UINT64_MAX - digit) / base;
        value = value * base + digit;
    }
    if (is_over)
        return STATUS_LIMIT;
    *out = value;
    return STATUS_OK;
}

static struct view view_from(struct view text, size_t offset)
{
    return view_of(text.data + offset, text.bytes - offset);
}

enum status number_parse(struct view text, uint64_t *out)
{
    if (text.bytes > 1 && text.data[0] == '0') {
        if (text.data[1] == 'x' || text.data[1] == 'X')
            return digits_parse(view_from(text, 2), 16, out);
        return digits_parse(view_from(text, 1), 8, out);
    }
    return digits_parse(text, 10, out);
}

bool number_decimal(struct view text, uint64_t most, uint64_t *out)
{
    uint64_t value;

    if (text.bytes > 1 && text.data[0] == '0')
        return false; /* others read 010 as 8 */
    if (digits_parse(text, 10, &value) != STATUS_OK || value > most)
        return false;
    *out = value;
    return true;
}

enum status number_seconds(struct view text, uint64_t *microseconds)
{
    struct view whole = text;
    struct view fraction = {0};
    bool has_point = view_split(text, ".", &whole, &fraction);
    uint64_t seconds = 0;
    uint64_t rest = 0;
    uint64_t unit = 100000;
    enum status status = digits_parse(whole, 10, &seconds);

    if (status != STATUS_OK)
        return status;
    if (has_point && fraction.bytes == 0)
        return STATUS_MALFORMED;
    for (size_t i = 0; i < fraction.bytes; i++, unit /= 10) {
        if (digit_value(fraction.data[i]) > 9)
            return STATUS_MALFORMED;
        rest += digit_value(fraction.data[i]) * unit; /* digits past the sixth count for nothing */
    }
    if (seconds > SECONDS_MOST)
        return STATUS_LIMIT;
    *microseconds = seconds * 1000000 + rest;
    return STATUS_OK;
}

bool view_split(struct view text, const char *separator, struct view *before, struct view *after)
{
    size_t bytes = strlen(separator);

    for (size_t i = 0; i + bytes <= text.bytes; i++) {
        if (!view_equal(view_of(text.data + i, bytes), view_of(separator, bytes)))
            continue;
        *before = view_of(text.data, i);
        *after = view_from(text, i + bytes);
        return true;
    }
    return false;
}
