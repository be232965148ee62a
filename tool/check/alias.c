/* SPDX-License-Identifier: MIT
 *
 * Checks of an alias and the region that it shows (check.h).
 */
#include "check/check.h"

static bool is_window(const MtreeLine *line)
{
    return check_is_asked(line) && line->is_alias && !line->disabled && !line->empty;
}

static bool wraps(const MtreeLine *alias)
{
    return alias->from + mtree_size(alias) > int128_2_64();
}

static const char *guess_of(const MtreeLine *alias)
{
    return alias->guessed_target ? " (a guess: several regions have that name)" : "";
}

/* Whether the alias is as long as an address space. Such an alias is made to show all of a region,
 * whatever its size is. */
static bool shows_all(const MtreeLine *alias)
{
    return mtree_size(alias) == int128_2_64();
}

void check_alias_beyond_target(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (!is_window(line) || shows_all(line) || wraps(line) || line->target->root->unknown) {
            continue;
        }
        const MtreeLine *target = mtree_target(line);
        if (line->from + mtree_size(line) > mtree_size(target)) {
            check_tell(run, line, target,
                       "%s shows 0x%" G_GINT64_MODIFIER "x bytes from 0x%" G_GINT64_MODIFIER
                       "x on, but %s has only 0x%" G_GINT64_MODIFIER "x%s",
                       check_self(run, line), (hwaddr)line->size, line->from,
                       check_other(run, target), (hwaddr)mtree_size(target), guess_of(line));
        }
    }
}

void check_window_wraps(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (is_window(line) && !shows_all(line) && wraps(line)) {
            check_tell(run, line, NULL,
                       "%s shows %s from " TARGET_FMT_plx " on, past the last address of 64 bits",
                       check_self(run, line), line->target_name, line->from);
        }
    }
}

void check_target_missing(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (is_window(line) && line->target->root->unknown) {
            check_tell(run, line, NULL,
                       "%s shows '%s', which is not in the text, so what answers there is not "
                       "known",
                       check_self(run, line), line->target_name);
        }
    }
}

void check_target_guessed(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (is_window(line) && line->guessed_target) {
            const MtreeLine *target = mtree_target(line);
            check_tell(run, line, target,
                       "%s shows one of several regions of one name; that it is %s is a guess",
                       check_self(run, line), check_other(run, target));
        }
    }
}
