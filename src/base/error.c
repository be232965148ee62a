/* SPDX-License-Identifier: MIT
 *
 * Error objects: a message on the heap that a function returns through its parameter errp. A
 * function without this parameter reports its failure to the log instead (log.c).
 */
#define _GNU_SOURCE /* asprintf, vasprintf, %m */
#include <physmem/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct Error {
    char *message;
};

/* The error that a caller gets if there is no memory for an Error. It is never freed. */
static const Error out_of_memory = { (char *)"out of memory" };

/* A caller passes their addresses as errp; their values are never used. */
Error *error_abort;
Error *error_fatal;

/* Ends the program if the caller has asked for that with &error_abort or &error_fatal. */
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

    return vasprintf(&message, fmt, ap) < 0 ? NULL : message;
}

/* Returns NULL if message is NULL or there is no memory. On success the error owns the message. */
static Error *error_new(char *message)
{
    Error *err = message ? calloc(1, sizeof(*err)) : NULL;

    if (err) {
        err->message = message;
    }
    return err;
}

/* Puts an error with this message into *errp; the error owns the message then. 'message' is NULL if
 * there was no memory for it. If *errp holds an error already, that one stays. */
static void store(Error **errp, char *message)
{
    const char *text = message ? message : out_of_memory.message;
    Error *err;

    end_if_wanted(errp, text);
    if (*errp) {
        misuse(NULL,
               "*errp already holds error \"%s\" and cannot take error \"%s\": pass a pointer "
               "to NULL",
               (*errp)->message, text);
        free(message);
        return;
    }
    err = error_new(message);
    if (!err) {
        free(message);
    }
    *errp = err ? err : (Error *)&out_of_memory;
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

/* Appends the text of the error number to a message on the heap, and returns the new message. If
 * there is no memory for that, the message stays as it is. Does not change errno. */
static char *with_errno(char *message, int os_errno)
{
    int before = errno;
    char *both = NULL;

    errno = os_errno;
    if (message && asprintf(&both, "%s: %m", message) >= 0) {
        free(message);
        message = both;
    }
    errno = before;
    return message;
}

void error_setg_errno(Error **errp, int os_errno, const char *fmt, ...)
{
    va_list ap;

    if (!errp) {
        return;
    }
    va_start(ap, fmt);
    store(errp, with_errno(format(fmt, ap), os_errno));
    va_end(ap);
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
    if (err && err != &out_of_memory) {
        free(err->message);
        free(err);
    }
}
