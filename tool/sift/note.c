/* SPDX-License-Identifier: MIT
 *
 * Counts what the steps of sift.h leave out and mend, and tells the user in one sentence. If a file
 * has no map, says what kind of file it is.
 */
#include "sift/sift.h"

#include <string.h>

/* A phrase for each cause. %u is how many; an 's' follows if there are several. */
static const struct {
    const char *before, *after;
} phrases[SIFT_CAUSES] = {
    [SIFT_FROM_JSON] = { "took ", " text% out of JSON, and counts the lines in it" },
    [SIFT_OTHER_TEXT] = { "left out ", " line% of other text" },
    [SIFT_FRONT] = { "took something off the front of ", " line%" },
    [SIFT_BEHIND] = { "left out what stands behind the name in ", " line%" },
    [SIFT_REPEATED] = { "left out ", " line% of spaces that were printed before" },
    [SIFT_CUT] = { "left out ", " line% whose end is missing" },
    [SIFT_GAP] = { "found ", " mark% of missing lines" },
    [SIFT_NO_END] = { "found ", " line% without an end, which may be cut" },
    [SIFT_WRAPPED] = { "joined ", " line% with what follows" },
    [SIFT_RESUMED] = { "went on with ", " block% after a blank line" },
    [SIFT_DEPTH] = { "found the level of ", " line% from the depth of others" },
    [SIFT_HEADLESS] = { "made ", " header% that is missing" },
    [SIFT_OLD_KIND] = { "took RW and R- as i/o, ram or rom by the name in ", " line%" },
    [SIFT_ODD] = { "did not take ", " line% with a region behind other text" },
    [SIFT_CUT_NAME] = { "took the names as they are in ", " line% where they are cut" },
    [SIFT_MAIL] = { "decoded ", " text% that was quoted-printable" },
    [SIFT_HTML] = { "took HTML out of ", " line%" },
    [SIFT_SIZE] = { "left out the sizes in ", " line%" },
};

void sift_count(Sift *sift, SiftCause cause, unsigned number)
{
    SiftTally *tally = &sift->tallies[cause];

    if (!tally->count++) {
        tally->first = number;
    }
}

static void append_phrase(GString *note, const Sift *sift, SiftCause cause)
{
    const SiftTally *tally = &sift->tallies[cause];
    const char *percent = strchr(phrases[cause].after, '%');

    g_string_append_printf(note, "%s%s%u%.*s%s%s", note->len ? "; " : "", phrases[cause].before,
                           tally->count, (int)(percent - phrases[cause].after),
                           phrases[cause].after, tally->count == 1 ? "" : "s", percent + 1);
    if (cause == SIFT_FRONT) {
        g_string_append_printf(note, ", such as \"%s\"", sift->front);
    }
    if (tally->first) {
        g_string_append_printf(note, tally->count == 1 ? " (line %u)" : " (the first is line %u)",
                               tally->first);
    }
}

char *sift_note(const Sift *sift)
{
    GString *note = g_string_new(NULL);

    for (int cause = 0; cause < SIFT_CAUSES; cause++) {
        if (sift->tallies[cause].count) {
            append_phrase(note, sift, (SiftCause)cause);
        }
    }
    return g_string_free(note, !note->len);
}

/* ---- Files without a map ---------------------------------------------------------------- */

/* What the beginning of a file, or a word in its first bytes, tells. */
static const struct {
    bool at_start;
    const char *bytes;
    const char *what;
} looks[] = {
    { true,
      "\x7f"
      "ELF",
      "a program" },
    { true, "\x1f\x8b", "compressed" },
    { true,
      "\xfd"
      "7zXZ",
      "compressed" },
    { true, "\x28\xb5\x2f\xfd", "compressed" },
    { true, "PK\x03\x04", "an archive" },
    { true, "%PDF", "a PDF document" },
    { true, "\x89PNG", "a picture" },
    { true, "/dts-v1/", "the source of a device tree" },
    { true, "<domain", "the definition of a libvirt domain" },
    { false, "System RAM", "/proc/iomem" },
    { false, "BIOS-e820: [mem ", "the memory map that a kernel printed, e820" },
    { false, " [size=", "the output of lspci" },
    { false, "Num Enb Low Addr", "the output of gdb's info mem" },
    { false, "ORIGIN = ", "a script of a linker" },
    { false, "# Pages ", "the memory map of UEFI" },
    { false, "unknown command", "a monitor's refusal of a command" },
    { false, "\"error\"", "a monitor's refusal of a command, in JSON" },
    { false, "bus: main-system-bus", "the output of info qtree" },
    { false, "device function", "the output of info pci" },
    { false, "Block Name", "the output of info ramblock" },
    { false, "CPU#0", "the output of info registers" },
    { false, "\"return\"", "replies of a monitor in JSON, without that of info mtree" },
    { false, "(qemu)", "a monitor's session without the output of info mtree" },
};

const char *sift_looks_like(const char *bytes, gsize length)
{
    if (!length) {
        return "empty";
    }
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        size_t n = strlen(looks[i].bytes);
        if (looks[i].at_start
                ? length >= n && memcmp(bytes, looks[i].bytes, n) == 0
                : !!g_strstr_len(bytes, (gssize)MIN(length, 65536), looks[i].bytes)) {
            return looks[i].what;
        }
    }
    return sift_form(bytes, length);
}
