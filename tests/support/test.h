#ifndef ENTENTE_TESTS_SUPPORT_TEST_H
#define ENTENTE_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/view.h"

/*
 * Octets from hex text; blanks are ignored, anything else fails the test. Clear with bytes_clear.
 */
struct bytes test_hex(const char *hex);

/* Fails the test, naming `what`, when the views differ; both are printed as hex. */
void test_view_equal(const char *what, struct view got, struct view wanted);

/* The whole file below tests/vectors (TEST_VECTORS of the build); fails the test when absent. */
struct bytes test_file(const char *name);

#endif
