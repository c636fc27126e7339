#include <stdlib.h>
#include <time.h>

#include "tools/ikecert_private.h"

#define MOST_COUNT 1000000L /* of one unit */
#define LAST_YEAR 9999      /* what a certificate can say */
#define FIRST_YEAR 1950

static const struct {
    char letter;
    int64_t seconds; /* 0: by the calendar */
    int months;
} units[] = {
    {'s', 1, 0},          {'m', 60, 0}, {'h', 3600, 0}, {'d', 86400, 0},
    {'w', 7 * 86400L, 0}, {'M', 0, 1},  {'y', 0, 12},
};

/* What a file of formats (getdate) holds by custom; local time, but for the one with Z. */
static const char *const formats[] = {
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S %Y",
    "%b %d %Y",
    "%d %b %Y",
};

static bool is_year(int64_t wall_s)
{
    time_t seconds = (time_t)wall_s;
    struct tm parts;

    return gmtime_r(&seconds, &parts) && parts.tm_year + 1900 >= FIRST_YEAR &&
           parts.tm_year + 1900 <= LAST_YEAR;
}

/* Months by the calendar of this place; the 31st of a month of 30 days is the 1st of the next. */
static int64_t after_months(int64_t from_s, long months)
{
    time_t seconds = (time_t)from_s;
    struct tm parts;

    if (!localtime_r(&seconds, &parts))
        return from_s;
    parts.tm_mon += (int)months;
    parts.tm_isdst = -1;
    return (int64_t)mktime(&parts);
}

int64_t validity_after_years(int64_t from_s, int years)
{
    return after_months(from_s, 12L * years);
}

static enum status expected(const char *text, struct text *error)
{
    text_add(error, "time \"");
    text_add_escaped(error, view_of_text(text));
    text_add(error, "\": expected a date, for example \"12/31/2030 12:00:00\", or + or - and parts "
                    "of s, m (minutes), h, d, w, M (months), y, for example +3y2M");
    return STATUS_MALFORMED;
}

static enum status parse_relative(const char *text, int64_t now_s, int64_t *out, struct text *error,
                                  struct text *note)
{
    int sign = text[0] == '-' ? -1 : 1;
    int64_t seconds = 0;
    long months = 0;
    char before = '\0';

    for (const char *at = text + 1; *at || !before;) {
        char *end = NULL;
        long count = *at >= '0' && *at <= '9' ? strtol(at, &end, 10) : -1;
        size_t unit = 0;

        if (count < 0 || count > MOST_COUNT)
            return expected(text, error);
        while (unit < COUNT(units) && units[unit].letter != *end)
            unit++;
        if (unit == COUNT(units))
            return expected(text, error);
        if (before == 'y' && *end == 'm')
            text_add(note, "%s: %ldm is %ld minutes; months are M", text, count, count);
        seconds += count * units[unit].seconds;
        months += count * units[unit].months;
        before = *end;
        at = end + 1;
    }
    if (months > 12L * LAST_YEAR)
        return expected(text, error);
    *out = after_months(now_s, sign * months) + sign * seconds;
    return is_year(*out) ? STATUS_OK : expected(text, error);
}

enum status validity_parse(const char *text, int64_t now_s, int64_t *out, struct text *error,
                           struct text *note)
{
    if (text[0] == '+' || text[0] == '-')
        return parse_relative(text, now_s, out, error, note);
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct tm parts = {.tm_isdst = -1};
        const char *end = strptime(text, formats[i], &parts);

        if (!end || *end != '\0' || parts.tm_year + 1900 < FIRST_YEAR ||
            parts.tm_year + 1900 > LAST_YEAR)
            continue;
        *out = (int64_t)(strchr(formats[i], 'Z') ? timegm(&parts) : mktime(&parts));
        return STATUS_OK;
    }
    return expected(text, error);
}
