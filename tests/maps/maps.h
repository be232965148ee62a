/* SPDX-License-Identifier: MIT
 *
 * The maps of 160 real machines (tests/data/qemu-maps.tar.xz), unpacked for a test program. For
 * each dump there is the tree as printed, the facts that the tree leaves open, and the flat views
 * that the machine itself made of it.
 */
#ifndef TESTS_MAPS_MAPS_H
#define TESTS_MAPS_MAPS_H

#include "input/tool.h"

/* Unpacks all dumps and returns their sorted names, such as "x86_64-pc" or
 * "x86_64-pc-pam-write/before". */
GPtrArray *maps_unpack(void);
void maps_remove(void);

/* How far apart the dumps are that a long test takes: all in a plain build, every fourth one with
 * sanitizers, which look at the code and not at the answers. */
#ifdef PHYSMEM_SANITIZE
enum { MAPS_STEP = 4 };
#else
enum { MAPS_STEP = 1 };
#endif

bool maps_have(const char *dump, const char *file);
/* The caller frees it. */
char *maps_path(const char *dump, const char *file);
/* Reads a file of a dump; the test fails if it is missing. */
char *maps_read(const char *dump, const char *file, gsize *length);

/* Reads a dump's tree with its hints; the test fails if that does not work. */
Mtree *maps_hinted(const char *dump);

/* Returns what the machine prints without -D, for the text of a tree. */
char *maps_without_disabled(const char *text);

/* Fills in what the text of a tree leaves open from the text of views. */
bool maps_fit(Mtree *t, const char *file, const char *text, gsize length, GError **error);

/* Returns text (of a tree or of views) without what depends on chance: the numbers of views, and
 * the order of blocks and of the spaces in a block. */
char *maps_normal(const char *text);

/* Returns what the machine prints as its views, without what depends on chance. */
char *maps_views(const MtreeMachine *m);

#endif
