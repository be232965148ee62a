/* SPDX-License-Identifier: MIT
 *
 * The maps of 160 real machines (tests/data/qemu-maps.tar.xz), unpacked for a test program: for
 * each dump the tree as printed, the facts that it leaves open, and the flat views that the
 * machine itself made of it.
 */
#ifndef TESTS_MAPS_MAPS_H
#define TESTS_MAPS_MAPS_H

#include "tool.h"

/* The names of all dumps, "x86_64-pc" or "x86_64-pc-pam-write/before", sorted. */
GPtrArray *maps_unpack(void);
void maps_remove(void);

bool maps_have(const char *dump, const char *file);
/* A file of a dump; the test fails without it. */
char *maps_read(const char *dump, const char *file, gsize *length);

/* The dump's tree with its hints; failing that fails the test. */
Mtree *maps_hinted(const char *dump);

/* Either form of text with what depends on chance taken away: numbers of views, order of blocks
 * and of the spaces in one. */
char *maps_normal(const char *text);

/* What the machine prints as its views, normal. */
char *maps_views(const MtreeMachine *m);

#endif
