/* SPDX-License-Identifier: MIT
 *
 * Errors: a message that says what was wrong and what was expected (specification section 2).
 *
 * A function that can fail takes "Error **errp". With NULL the caller does not want to know; else
 * *errp must be NULL before the call and points to a new Error after a failure, which the caller
 * frees. Functions may be called from any thread; one Error belongs to one thread at a time.
 */
#ifndef PHYSMEM_ERROR_H
#define PHYSMEM_ERROR_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Pass one of these addresses as an errp, and an error prints its message and ends the program.
 * Use &error_abort for calls that cannot fail: it ends with abort(). Use &error_fatal for errors
 * that the user must put right: it ends with exit(1). Only the addresses count; nothing is ever
 * stored there. */
PHYSMEM_API extern Error *error_abort;
PHYSMEM_API extern Error *error_fatal;

/* Stores a new error in *errp; nothing happens if errp is NULL. The message is a printf format, in
 * one line, without a full stop. */
PHYSMEM_API void error_setg(Error **errp, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As error_setg, followed by ": " and the text of the errno value. */
PHYSMEM_API void error_setg_errno(Error **errp, int os_errno, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Hands 'err' on: *errp takes it if it wants one and has none yet, else it is freed. err may be
 * NULL. */
PHYSMEM_API void error_propagate(Error **errp, Error *err);

/* The message; valid as long as the error. */
PHYSMEM_API const char *error_get_pretty(const Error *err);

/* Frees an error; NULL is allowed. */
PHYSMEM_API void error_free(Error *err);

PHYSMEM_END_DECLS

#endif
