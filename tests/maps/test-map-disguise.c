/* SPDX-License-Identifier: MIT
 *
 * Every disguise that people's texts have, put on the maps of all real machines: trees with and
 * without disabled regions, with owners, and views. The front end must find the exact text again,
 * so no answer can change.
 */
#include <string.h>

#include "maps.h"
#include "sift/sift.h"

static GPtrArray *dumps;

typedef GString *Disguise(const char *text);

/* ---- Disguises of each line ------------------------------------------------------------- */

/* Puts 'before' and 'behind' around each line. */
static GString *around_lines(const char *text, const char *before, const char *behind)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);

    for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++) {
        g_string_append_printf(out, "%s%s%s\n", before, lines[i], behind);
    }
    return out;
}

static GString *quoted(const char *text)
{
    return around_lines(text, "> ", "");
}

static GString *quoted_twice(const char *text)
{
    return around_lines(text, ">> > ", "");
}

static GString *commented(const char *text)
{
    return around_lines(text, " * ", "");
}

static GString *indented(const char *text)
{
    return around_lines(text, "    ", "");
}

static GString *with_returns(const char *text)
{
    return around_lines(text, "", "\r");
}

static GString *with_blanks_behind(const char *text)
{
    return around_lines(text, "", "  ");
}

static GString *with_colours(const char *text)
{
    return around_lines(text, "\033[0;32m", "\033[0m\033[K");
}

/* Makes the times or numbers of lines differ in length. */
static GString *with_fronts(const char *text, const char *format)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);

    for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++) {
        g_autofree char *number = g_strdup_printf("%u", i * 7 + 1);
        g_auto(GStrv) parts = g_strsplit(format, "N", 2);
        g_string_append_printf(out, "%s%s%s%s\n", parts[0], number, parts[1], lines[i]);
    }
    return out;
}

static GString *with_times(const char *text)
{
    return with_fronts(text, "[2024-05-06 12:30:N] ");
}

static GString *with_numbers(const char *text)
{
    return with_fronts(text, "N: ");
}

/* Replaces the two blanks of each level. */
static GString *with_levels(const char *text, const char *level)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);

    for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++) {
        size_t blanks = strspn(lines[i], " ");
        for (size_t j = 0; j < blanks / 2; j++) {
            g_string_append(out, level);
        }
        g_string_append_printf(out, "%s\n", lines[i] + blanks / 2 * 2);
    }
    return out;
}

static GString *three_a_level(const char *text)
{
    return with_levels(text, "   ");
}

static GString *five_a_level(const char *text)
{
    return with_levels(text, "     ");
}

static GString *tab_a_level(const char *text)
{
    return with_levels(text, "\t");
}

static GString *no_break_spaces(const char *text)
{
    return with_levels(text, "\xc2\xa0 ");
}

static GString *with_comments(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);

    for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++) {
        bool range = strstr(lines[i], " (prio ") != NULL;
        g_string_append_printf(out, "%s%s\n", lines[i], range && i % 3 == 0 ? "   <- look" : "");
    }
    return out;
}

/* ---- Wrapped lines ---------------------------------------------------------------------- */

/* As a mail program does: at the last blank before the column that is not indentation. */
static void wrap_softly(GString *out, const char *line, size_t width)
{
    size_t begin = strspn(line, " ");

    while (strlen(line) > width) {
        size_t at = width;
        while (at > begin && line[at] != ' ') {
            at--;
        }
        if (at <= begin || !strstr(line, "(prio")) {
            break;
        }
        g_string_append_printf(out, "%.*s\n", (int)at, line);
        line += at + 1;
        begin = 0;
        if (!strstr(line, "@")) {
            break;
        }
    }
    g_string_append_printf(out, "%s\n", line);
}

/* As a terminal does. */
static void wrap_hard(GString *out, const char *line, size_t width)
{
    while (strlen(line) > width) {
        g_string_append_printf(out, "%.*s\n", (int)width, line);
        line += width;
    }
    g_string_append_printf(out, "%s\n", line);
}

/* Whether an alias is broken: then it shows that the text is wrapped. Other lines can be whole
 * where they are broken. */
static bool breaks_alias(const char *text, size_t width)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = 0; lines[i]; i++) {
        if (strlen(lines[i]) > width && strstr(lines[i], "): alias ")) {
            return true;
        }
    }
    return false;
}

static GString *wrapped(const char *text, size_t width, void wrap(GString *, const char *, size_t))
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);
    bool shows = breaks_alias(text, width);

    for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++) {
        wrap(out, lines[i], shows ? width : G_MAXSIZE);
    }
    return out;
}

static GString *wrapped_by_mail(const char *text)
{
    return wrapped(text, 76, wrap_softly);
}

static GString *wrapped_by_terminal(const char *text)
{
    return wrapped(text, 80, wrap_hard);
}

/* ---- Disguises of the whole text -------------------------------------------------------- */

static GString *replaced(const char *text, const char *what, const char *with)
{
    GString *out = g_string_new(text);

    g_string_replace(out, what, with, 0);
    return out;
}

static GString *without_gaps(const char *text)
{
    return replaced(text, "\n\n", "\n");
}

static GString *with_gaps(const char *text)
{
    return replaced(text, "\n", "\n\n");
}

static GString *with_ellipses(const char *text)
{
    return replaced(text, "\n\n", "\n...\n\n[snip]\n");
}

static GString *framed(const char *text, const char *before, const char *behind)
{
    GString *out = g_string_new(before);

    g_string_append_printf(out, "%s%s", text, behind);
    return out;
}

static GString *in_session(const char *text)
{
    return framed(text,
                  "$ qemu-system-x86_64 -S -monitor stdio\n"
                  "QEMU 9.0.0 monitor - type 'help' for more information\n"
                  "(qemu) info version\n9.0.0\n(qemu) info mtree\n",
                  "(qemu) info pci\n  Bus  0, device   0, function 0:\n"
                  "      BAR0: 32 bit memory at 0xfebc0000 [0xfebdffff].\n(qemu) quit\n");
}

static GString *in_fence(const char *text)
{
    return framed(text, "I see this, and do not know why:\n\n```text\n",
                  "```\n\nThe region at 00001000-00001fff is hidden. Thanks!\n");
}

static GString *with_cut_end(const char *text)
{
    return framed(text, "", "address-space: last\n  0000000000000000-ffffffffffff");
}

static GString *with_mark(const char *text)
{
    return framed(text, "\xef\xbb\xbf", "");
}

static GString *utf16(const char *text, const char *order)
{
    gsize length;
    g_autofree char *bytes = g_convert(text, -1, order, "UTF-8", NULL, &length, NULL);

    g_assert_nonnull(bytes);
    return g_string_new_len(bytes, (gssize)length);
}

static GString *utf16_little(const char *text)
{
    return utf16(text, "UTF-16LE");
}

static GString *utf16_big(const char *text)
{
    return utf16(text, "UTF-16BE");
}

static GString *json_string(const char *text)
{
    GString *out = g_string_new(text);

    g_string_replace(out, "\\", "\\\\", 0);
    g_string_replace(out, "\"", "\\\"", 0);
    g_string_replace(out, "\n", "\\r\\n", 0);
    return out;
}

static GString *in_json(const char *text)
{
    GString *string = json_string(text);
    GString *out = framed(string->str, "{\"return\": \"", "\", \"id\": \"libvirt-17\"}\n");

    g_string_free(string, TRUE);
    return out;
}

static GString *in_transcript(const char *text)
{
    GString *string = json_string(text);
    GString *out = framed(string->str,
                          "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0}}}}\n"
                          "{\"execute\": \"qmp_capabilities\"}\n{\"return\": {}}\n"
                          "{\"execute\": \"human-monitor-command\", \"arguments\": "
                          "{\"command-line\": \"info mtree\"}}\n"
                          "{\n  \"return\": \"",
                          "\"\n}\n{\"timestamp\": {\"seconds\": 1}, \"event\": \"STOP\"}\n");

    g_string_free(string, TRUE);
    return out;
}

/* ---- The test --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    Disguise *disguise;
} disguises[] = {
    { "quoted", quoted },
    { "quoted-twice", quoted_twice },
    { "commented", commented },
    { "indented", indented },
    { "returns", with_returns },
    { "blanks-behind", with_blanks_behind },
    { "colours", with_colours },
    { "times", with_times },
    { "numbers", with_numbers },
    { "three-a-level", three_a_level },
    { "five-a-level", five_a_level },
    { "tab-a-level", tab_a_level },
    { "no-break-spaces", no_break_spaces },
    { "comments", with_comments },
    { "wrapped-by-mail", wrapped_by_mail },
    { "wrapped-by-terminal", wrapped_by_terminal },
    { "without-gaps", without_gaps },
    { "with-gaps", with_gaps },
    { "ellipses", with_ellipses },
    { "session", in_session },
    { "fence", in_fence },
    { "cut-end", with_cut_end },
    { "mark", with_mark },
    { "utf16-little", utf16_little },
    { "utf16-big", utf16_big },
    { "json", in_json },
    { "transcript", in_transcript },
};

/* Returns the exact text that the front end found. */
static char *sifted(const char *name, const char *text, gsize length, bool views)
{
    GError *error = NULL;
    g_autoptr(Sift) sift = sift_new(name, text, length, &error);
    GString *out = g_string_new(NULL);

    g_assert_no_error(error);
    const GPtrArray *lines = views ? sift->views : sift->tree;
    for (guint i = 0; i < lines->len; i++) {
        g_string_append_printf(out, "%s\n", ((MtreeText *)lines->pdata[i])->text);
    }
    return g_string_free(out, FALSE);
}

static char *first_difference(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++, b++;
    }
    return g_strdup_printf("\"%.80s\", not \"%.80s\"", b, a);
}

static void check(Disguise *disguise, const char *dump, const char *text, bool views)
{
    GString *disguised = disguise(text);
    g_autofree char *want = views ? sifted(dump, text, strlen(text), true) : g_strdup(text);
    g_autofree char *got = sifted(dump, disguised->str, disguised->len, views);

    if (!g_str_equal(got, want)) {
        g_autofree char *difference = first_difference(want, got);
        g_test_message("%s: %s", dump, difference);
        g_test_fail();
    }
    g_string_free(disguised, TRUE);
}

static void check_file(Disguise *disguise, const char *dump, const char *file)
{
    if (maps_have(dump, file)) {
        g_autofree char *text = maps_read(dump, file, NULL);
        check(disguise, dump, text, g_str_equal(file, "flat.txt"));
    }
}

static void check_disguise(gconstpointer data)
{
    Disguise *disguise = disguises[GPOINTER_TO_UINT(data)].disguise;

    for (guint i = 0; i < dumps->len; i += MAPS_STEP) {
        g_autofree char *text = maps_read(dumps->pdata[i], "tree.txt", NULL);
        g_autofree char *plain = maps_without_disabled(text);
        check(disguise, dumps->pdata[i], text, false);
        check(disguise, dumps->pdata[i], plain, false);
        check_file(disguise, dumps->pdata[i], "flat.txt");
    }
}

/* Without a disguise, the text is found as it is, and there is nothing to tell. */
static void none(void)
{
    for (guint i = 0; i < dumps->len; i++) {
        const char *file = maps_have(dumps->pdata[i], "owners.txt") ? "owners.txt" : "tree.txt";
        g_autofree char *text = maps_read(dumps->pdata[i], file, NULL);
        g_autofree char *got = sifted(file, text, strlen(text), false);
        g_autoptr(Sift) sift = sift_new(file, text, strlen(text), NULL);
        g_assert_cmpstr(got, ==, text);
        g_assert_null(sift_note(sift));
    }
}

/* ---- Damage ----------------------------------------------------------------------------- */

enum { DAMAGED = 1500, SEED = 20261 };

/* Replaces some bytes, or takes some away. */
static void damage(GString *text, GRand *rand)
{
    static const char bytes[] = "0af-() ,:@[]\n\t\"\\{}>x\r\033";

    for (int times = g_rand_int_range(rand, 1, 8); times; times--) {
        gint at = g_rand_int_range(rand, 0, (gint)text->len - 100);
        if (g_rand_boolean(rand)) {
            text->str[at] = bytes[g_rand_int_range(rand, 0, sizeof(bytes) - 1)];
        } else {
            g_string_erase(text, at, g_rand_int_range(rand, 1, 90));
        }
    }
}

/* Whatever is left of a disguised map is read, or refused with a message. */
static void damaged(void)
{
    static const char *const names[] = { "arm-microbit", "avr-uno", "arm-mps2-an505" };
    GRand *rand = g_rand_new_with_seed(SEED);
    guint taken = 0;

    for (guint i = 0; i < DAMAGED; i++) {
        g_autofree char *tree = maps_read(names[i % G_N_ELEMENTS(names)], "tree.txt", NULL);
        GString *text = disguises[i % G_N_ELEMENTS(disguises)].disguise(tree);
        g_autoptr(GError) error = NULL;
        LoadedMap map = { 0 };

        damage(text, rand);
        bool ok = load_map("FILE", text->str, text->len, &map, &error);
        if (ok && map.tree) {
            ok = load_guesses(map.tree, &error);
        }
        g_assert_true(ok == !error);
        taken += ok;
        load_clear(&map);
        g_string_free(text, TRUE);
    }
    g_test_message("%u of %u taken", taken, DAMAGED);
    g_assert_cmpuint(taken, >, DAMAGED / 4);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dumps = maps_unpack();
    g_test_add_func("/map-disguise/none", none);
    for (guint i = 0; i < G_N_ELEMENTS(disguises); i++) {
        g_autofree char *path = g_strdup_printf("/map-disguise/%s", disguises[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), check_disguise);
    }
    g_test_add_func("/map-disguise/damaged", damaged);
    int status = g_test_run();
    g_ptr_array_unref(dumps);
    maps_remove();
    return status;
}
