/* SPDX-License-Identifier: MIT
 *
 * Errors: a message that says what was wrong and what was expected (specification 2).
 *
 * A function that can fail takes an "Error **errp". A caller that does not want the message passes
 * NULL. Otherwise *errp must be NULL before the call. After a failure it points to a new Error,
 * which the caller frees with error_free(). Unless its comment says otherwise, every function here
 * may be called from any thread. One Error belongs to one thread at a time.
 */
#ifndef PHYSMEM_ERROR_H
#define PHYSMEM_ERROR_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Special values for an errp: an error prints its message and ends the program. Use &error_abort
 * for calls that cannot fail: it ends with abort(). Use &error_fatal for errors that the user must
 * put right: it ends with exit(1). Only the addresses count; nothing is ever stored there. */
PHYSMEM_API extern Error *error_abort;
PHYSMEM_API extern Error *error_fatal;

/* Stores a new error in *errp. Does nothing if errp is NULL. If *errp holds an error already, that
 * one stays and a MISUSE message is logged. The message is 'fmt' with the arguments after it, as
 * for printf(): one line without a full stop. */
PHYSMEM_API void error_setg(Error **errp, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Does the same, with ": " and the text of the errno value os_errno after the message. */
PHYSMEM_API void error_setg_errno(Error **errp, int os_errno, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Hands an error on to the caller's errp, which then owns it. 'err' may be NULL. If errp is NULL or
 * *errp holds an error already, 'err' is freed. &error_abort and &error_fatal end the program as
 * above. */
PHYSMEM_API void error_propagate(Error **errp, Error *err);

/* Returns the message of 'err', never NULL. Valid as long as the error. */
PHYSMEM_API const char *error_get_pretty(const Error *err);

/* Frees an error. Does nothing if 'err' is NULL. */
PHYSMEM_API void error_free(Error *err);

PHYSMEM_END_DECLS

#endif
