/* SPDX-License-Identifier: MIT
 *
 * The table of checks (check.h). Ids are stable: scripts have them. explain/ID.txt has a page for
 * each.
 *
 * A check is on by default if what it finds is nearly always a slip of whoever made the map. Those
 * that find what machines also do on purpose are off.
 */
#include "check/check.h"

const CheckDef check_table[] = {
    { "same-priority-overlap", true, false, check_same_priority_overlap,
      "two regions of one container and priority answer at one address" },
    { "hidden", true, false, check_hidden, "a region is visible nowhere, others are in front" },
    { "clipped", true, false, check_clipped, "a region is longer than the room in its container" },
    { "outside", true, false, check_outside, "a region lies outside its container" },
    { "detected-overflow", true, false, check_detected_overflow,
      "a region ends after the last address of 64 bits" },
    { "alias-beyond-target", true, false, check_alias_beyond_target,
      "an alias shows more than its target has" },
    { "window-wraps", true, false, check_window_wraps,
      "an alias shows a part that passes the last address of 64 bits" },
    { "target-missing", true, false, check_target_missing,
      "the text does not have what an alias shows" },
    { "ram-unaligned", true, true, check_ram_unaligned,
      "a hypervisor cannot map all of a piece of RAM or ROM" },
    { "ram-hole", true, true, check_ram_hole,
      "nothing answers in a small gap between two pieces of RAM" },
    { "port-beyond-64k", true, true, check_port_beyond_64k,
      "a region is at ports that no CPU has" },
    { "background-overlap", false, false, check_background_overlap,
      "the same as same-priority-overlap, with a negative priority" },
    { "background-hidden", false, false, check_background_hidden,
      "the same as hidden, for a region of negative priority" },
    { "shadowed", false, false, check_shadowed,
      "memory is visible nowhere, an alias of memory is in front" },
    { "io-over-ram", false, false, check_io_over_ram, "a device is in front of RAM" },
    { "ram-lost", false, false, check_ram_lost, "no space shows a part of a piece of RAM" },
    { "ram-read-only", false, true, check_ram_read_only, "RAM is visible read-only" },
    { "enabled-in-disabled", false, false, check_enabled_in_disabled,
      "an enabled region is in a disabled container" },
    { "same-name", false, false, check_same_name, "two regions of one container have one name" },
    { "io-container", false, false, check_io_container,
      "the text does not say whether a region with others inside answers itself" },
    { "target-guessed", false, false, check_target_guessed,
      "the text does not say which of several regions an alias shows" },
    { NULL, false, false, NULL, NULL },
};

const CheckDef *check_find(const char *id)
{
    for (const CheckDef *def = check_table; def->id; def++) {
        if (g_str_equal(def->id, id)) {
            return def;
        }
    }
    return NULL;
}
