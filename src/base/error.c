/* SPDX-License-Identifier: MIT
 *
 * Errors as values: a message on the heap. Failures that have no errp go to the log instead
 * (log.c).
 */
#define _GNU_SOURCE /* vasprintf, the strerror_r that returns the text */
#include <physmem/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/context.h"

struct Error {
    char *message;
};

/* Nobody stores anything there. */
Error *error_abort;
Error *error_fatal;

/* Does not return if errp says that the program must not go on. */
static void end_if_wanted(Error **errp, const char *message)
{
    if (errp == &error_abort) {
        fatal("unexpected error: %s", message);
    }
    if (errp == &error_fatal) {
        fprintf(stderr, "physmem: %s\n", message);
        exit(1);
    }
}

static char *format(const char *fmt, va_list ap)
{
    char *message;

    return vasprintf(&message, fmt, ap) < 0 ? alloc_string(fmt) : message;
}

/* Takes over the message. The first error of a call is the one that counts. */
static void store(Error **errp, char *message)
{
    end_if_wanted(errp, message);
    if (*errp) {
        misuse(NULL, "error \"%s\" is set on top of error \"%s\"", message, (*errp)->message);
        free(message);
        return;
    }
    *errp = alloc_zero(sizeof(Error));
    (*errp)->message = message;
}

void error_setg(Error **errp, const char *fmt, ...)
{
    va_list ap;

    if (!errp) {
        return;
    }
    va_start(ap, fmt);
    store(errp, format(fmt, ap));
    va_end(ap);
}

void error_setg_errno(Error **errp, int os_errno, const char *fmt, ...)
{
    va_list ap;
    char *message;
    char text[128];

    if (!errp) {
        return;
    }
    va_start(ap, fmt);
    message = format(fmt, ap);
    va_end(ap);
    store(errp, alloc_printf("%s: %s", message, strerror_r(os_errno, text, sizeof(text))));
    free(message);
}

void error_propagate(Error **errp, Error *err)
{
    if (err) {
        end_if_wanted(errp, err->message);
    }
    if (err && errp && !*errp) {
        *errp = err;
    } else {
        error_free(err);
    }
}

const char *error_get_pretty(const Error *err)
{
    return err->message;
}

void error_free(Error *err)
{
    if (err) {
        free(err->message);
        free(err);
    }
}
