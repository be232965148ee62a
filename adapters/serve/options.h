/* SPDX-License-Identifier: MIT
 *
 * The options of a server: a copy with all defaults filled in.
 */
#ifndef SERVE_OPTIONS_H
#define SERVE_OPTIONS_H

#include <physmem/serve.h>

/* Returns false and an error if an option is out of range, or if the host has no memory. */
bool options_copy(PhysmemServeOptions *copy, const PhysmemServeOptions *options, Error **errp);

void options_free(PhysmemServeOptions *copy);

#endif
