/* SPDX-License-Identifier: MIT
 *
 * Checks of a region in its container (check.h): the place, the name, the kind. They look at the
 * lines of the text; what an alias shows is no matter here.
 */
#include "check/check.h"

/* Whether the line has a container, and no region above it is disabled. Ports have a check of their
 * own. */
static bool is_placed(const MtreeLine *line)
{
    if (!check_is_asked(line) || !line->parent || check_is_bad_port(line)) {
        return false;
    }
    for (; line; line = line->parent) {
        if (line->disabled) {
            return false;
        }
    }
    return true;
}

/* Returns where the last region ends that can answer below the line, from the line's beginning
 * on. */
static Int128 end_of_content(const MtreeLine *line)
{
    Int128 end = 0;

    if (line->is_alias) {
        Int128 shown = mtree_size(mtree_target(line)) - line->from;
        return int128_min(mtree_size(line), shown);
    }
    if (!line->container) {
        return mtree_size(line);
    }
    for (guint i = 0; i < line->children->len; i++) {
        const MtreeLine *child = line->children->pdata[i];
        if (!child->disabled) {
            end = int128_max(end, child->offset + end_of_content(child));
        }
    }
    return int128_min(end, mtree_size(line));
}

static bool is_outside(const MtreeLine *line)
{
    return line->offset >= mtree_size(line->parent) && mtree_size(line) > 0;
}

static bool overflows(const MtreeLine *line)
{
    return (Int128)line->start + line->size > int128_2_64();
}

/* ---- The checks ------------------------------------------------------------------------- */

void check_outside(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (is_placed(line) && is_outside(line) && end_of_content(line) > 0) {
            check_tell(run, line, line->parent,
                       "%s lies outside its container %s, so nothing of it is visible",
                       check_self(run, line), check_other(run, line->parent));
        }
    }
}

void check_clipped(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (!is_placed(line) || is_outside(line) || overflows(line)) {
            continue;
        }
        Int128 room = mtree_size(line->parent) - line->offset;
        if (end_of_content(line) > room) {
            check_tell(run, line, line->parent,
                       "%s is clipped: its container %s ends after 0x%" G_GINT64_MODIFIER
                       "x of 0x%" G_GINT64_MODIFIER "x bytes",
                       check_self(run, line), check_other(run, line->parent), (hwaddr)room,
                       (hwaddr)end_of_content(line));
        }
    }
}

void check_detected_overflow(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (is_placed(line) && overflows(line)) {
            check_tell(run, line, NULL,
                       "%s begins at " TARGET_FMT_plx
                       " and ends after the last address of 64 bits",
                       check_self(run, line), line->start);
        }
    }
}

void check_enabled_in_disabled(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (check_is_asked(line) && line->parent && !line->disabled && line->parent->disabled) {
            check_tell(run, line, line->parent,
                       "%s is enabled, but its container %s is not, so it is not visible",
                       check_self(run, line), check_other(run, line->parent));
        }
    }
}

/* ---- Names ------------------------------------------------------------------------------ */

static void tell_same_names(CheckRun *run, const MtreeLine *container)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < container->children->len; i++) {
        MtreeLine *line = container->children->pdata[i];
        MtreeLine *first = g_hash_table_lookup(names, line->name);
        if (!first) {
            g_hash_table_insert(names, line->name, line);
        } else if (is_placed(line)) {
            check_tell(run, line, first, "%s is in one container with %s", check_self(run, line),
                       check_other(run, first));
        }
    }
}

void check_same_name(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (check_is_asked(line) && line->children->len) {
            tell_same_names(run, line);
        }
    }
}

/* ---- Kinds ------------------------------------------------------------------------------ */

/* The text says i/o for containers and for devices that contain others. */
static bool is_either(const Mtree *t, const MtreeLine *line)
{
    return line->kind == MTREE_IO && !line->is_alias && line->children->len && line->parent &&
           line->number && (!t->has_containers || line->says_container != line->container);
}

void check_io_container(CheckRun *run)
{
    for (guint i = 0; run->tree->guessed && i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (is_placed(line) && is_either(run->tree, line)) {
            check_tell(run, line, NULL, "%s contains others; that it %s between them is a guess",
                       check_self(run, line),
                       line->container ? "does not answer" : "answers itself");
        }
    }
}
