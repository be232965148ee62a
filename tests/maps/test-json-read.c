/* SPDX-License-Identifier: MIT
 *
 * What the reader of JSON refuses, with the place that each error names, and what it takes. Each
 * case is a small map with one part replaced.
 */
#include <stdio.h>
#include <string.h>

#include "json/parse.h"
#include "maps.h"

/* A region on a line of its own, as it is written. */
#define REGION(id, rest)                                                                          \
    "{\"id\": " #id ", \"name\": \"r" #id "\", \"size\": \"0x1000\", " rest "}"

#define HEAD                                                                                      \
    "{\"format\": \"physmem-map\", \"version\": \"1.0\", \"quirks\": [\"collapsed-root\"],\n"     \
    "\"spaces\": [{\"name\": \"memory\", \"root\": 0}],\n"
#define ROOT REGION(0, "\"kind\": \"container\", \"children\": [1, 2]")
#define RAM REGION(1, "\"kind\": \"ram\", \"container\": 0, \"priority\": 1")
#define SHOWS                                                                                     \
    REGION(2, "\"kind\": \"alias\", \"container\": 0, "                                           \
              "\"alias\": {\"target\": 3, \"offset\": \"0x0\"}")
#define DEVICE REGION(3, "\"kind\": \"io\"")
#define TAIL "\"views\": []}\n"
#define WHOLE HEAD "\"regions\": [" ROOT ",\n" RAM ",\n" SHOWS ",\n" DEVICE "],\n" TAIL

typedef struct Case {
    const char *path;
    const char *what, *with; /* replaced once; NULL: 'with' is the whole file */
    const char *error;       /* a pattern */
} Case;

static const Case cases[] = {
    /* The text. */
    { "cut", "\"views\": []}", "", "FILE:8: expected the name of a member*" },
    { "after-the-end", "\"views\": []}", "\"views\": []} x", "FILE:7: expected the end of the*" },
    { "twice", "\"id\": 3", "\"id\": 3, \"id\": 3", "FILE:6: expected each member*\"id\" again" },
    { "large-number", "\"id\": 3", "\"id\": 99999999999999999999", "FILE:6: *at most 64 bits" },
    { "zeros", "\"id\": 3", "\"id\": 03", "FILE:6: expected a number without zeros in front" },
    { "hex", "\"id\": 3", "\"id\": 0x3", "FILE:6: expected a comma or }" },
    { "single-quotes", "\"id\"", "'id'", "FILE:3: expected the name of a member in quotes" },
    { "comma-at-end", "\"views\": []", "\"views\": [],",
      "FILE:7: *the name of a member in quotes" },
    { "no-character", "r3", "\\u0000", "FILE:6: expected a character other than U+0000*" },
    { "half-character", "r3", "\\ud83dx", "FILE:6: *the second half of a character" },
    { "second-half", "r3", "\\udc27", "FILE:6: *and no half of one" },
    { "bad-escape", "r3", "\\x41", "FILE:6: *after a backslash" },
    { "line-in-string", "r3", "a\nb", "FILE:6: *the quote that ends a string, on the same line" },
    { "latin-1", "r3", "caf\xe9", "FILE:6: expected JSON in UTF-8" },
    { "word", "\"id\": 3", "\"id\": nul", "FILE:6: expected a value of JSON" },
    /* The head. */
    { "next-version", "1.0", "2.0", "FILE:1: version: expected a map of version 1, not 2.0;*" },
    { "no-version", "1.0", "new", "FILE:1: version: expected MAJOR.MINOR, such as \"1.0\"" },
    { "no-spaces", "{\"name\": \"memory\", \"root\": 0}", "", "FILE:2: spaces: expected 1 to *" },
    { "space-is-number", "{\"name\": \"memory\", \"root\": 0}", "7",
      "FILE:2: spaces[0]: expected an object" },
    { "no-root", ", \"root\": 0", "", "FILE:2: spaces[0].root: expected this member" },
    { "other-root", "\"root\": 0", "\"root\": 9", "FILE:2: spaces[0].root: *the id of a region" },
    { "no-views", TAIL, "\"x\": 1}", "FILE:1: views: expected this member" },
    { "views-are-object", "\"views\": []", "\"views\": {}", "FILE:7: views: expected an array" },
    /* Regions. */
    { "same-id", "\"id\": 3", "\"id\": 2", "FILE:6: regions[3].id: *no other region has" },
    { "negative-id", "\"id\": 3", "\"id\": -3",
      "FILE:6: regions[3].id: expected a whole number*" },
    { "real-id", "\"id\": 3", "\"id\": 3.0", "FILE:6: regions[3].id: expected a whole number*" },
    { "no-name", "\"name\": \"r3\", ", "", "FILE:6: regions[3].name: expected this member" },
    { "size-is-number", "\"0x1000\", \"kind\": \"io\"", "4096, \"kind\": \"io\"",
      "FILE:6: regions[3].size: expected a string with a hexadecimal number up to 2^64*" },
    { "size-above", "\"0x1000\", \"kind\": \"io\"", "\"0x10000000000000001\", \"kind\": \"io\"",
      "FILE:6: regions[3].size: expected a string*" },
    { "size-between", "\"0x1000\", \"kind\": \"io\"", "\"0xffffffffffffffff\", \"kind\": \"io\"",
      "FILE:6: regions[3].size: expected a size of 2^64, or *" },
    { "address-above", "\"kind\": \"io\"",
      "\"kind\": \"io\", \"address\": \"0x10000000000000000\"",
      "FILE:6: regions[3].address: *up to 2^64 - 1*" },
    { "no-kind", "\"kind\": \"io\"", "\"x\": 1", "FILE:6: regions[3].kind: expected this member" },
    { "other-kind", "\"io\"", "\"rubber\"", "FILE:6: regions[3].kind: *not \"rubber\"" },
    { "enabled-is-number", "\"kind\": \"io\"", "\"kind\": \"io\", \"enabled\": 1",
      "FILE:6: regions[3].enabled: expected true or false" },
    { "guesses", "\"kind\": \"io\"", "\"kind\": \"io\", \"guesses\": [1]",
      "FILE:6: regions[3].guesses: expected strings in the array" },
    { "ram-is-array", "\"kind\": \"io\"", "\"kind\": \"io\", \"ram\": []",
      "FILE:6: regions[3].ram: expected an object" },
    { "ram-member", "\"kind\": \"io\"", "\"kind\": \"io\", \"ram\": {\"fd\": \"x\"}",
      "FILE:6: regions[3].ram.fd: expected a whole number*" },
    /* Containers. */
    { "unknown-child", "[1, 2]", "[1, 7]", "FILE:3: regions[0].children[1]: *id of a region" },
    { "child-is-string", "[1, 2]", "[\"1\", 2]", "FILE:3: regions[0].children[0]: *" },
    { "child-twice", "[1, 2]", "[1, 1]", "FILE:3: regions[0].children[1]: *each child once" },
    { "child-of-other", "[1, 2]", "[1, 2, 3]", "FILE:6: regions[3].container: *(regions[0])" },
    { "missing-child", "[1, 2]", "[1]", "FILE:5: regions[2].container: *among its children*" },
    { "wrong-order", "[1, 2]", "[2, 1]", "FILE:3: regions[0].children[1]: *priority 0 or less*" },
    { "in-itself", "\"kind\": \"io\"", "\"kind\": \"io\", \"container\": 3, \"children\": [3]",
      "FILE:6: regions[3].container: *that is not inside it" },
    { "in-each-other", DEVICE,
      REGION(3, "\"kind\": \"io\", \"container\": 4, \"children\": [4]") "," REGION(
          4, "\"kind\": \"io\", \"container\": 3, \"children\": [3]"),
      "FILE:6: regions[3].container: *that is not inside it" },
    /* Aliases. */
    { "no-alias", "\"alias\": {", "\"x\": {", "FILE:5: regions[2].alias: expected this member" },
    { "no-target", "\"target\": 3, ", "", "FILE:5: regions[2].alias.target: *this member" },
    { "other-target", "\"target\": 3", "\"target\": 8", "FILE:5: regions[2].alias.target: *" },
    { "no-offset", ", \"offset\": \"0x0\"", "", "FILE:5: regions[2].alias.offset: *" },
    { "shows-itself", "\"target\": 3", "\"target\": 2", "FILE:5: expected a tree that ends: *" },
    { "shows-container", "\"target\": 3", "\"target\": 0",
      "FILE:*: expected a tree that ends: *" },
/* Views. */
#define VIEW(spaces, ranges) "\"views\": [{\"spaces\": [" spaces "], \"ranges\": [" ranges "]}]}"
#define RANGE(start, last)                                                                        \
    "{\"start\": \"" start "\", \"last\": \"" last "\", \"offset\": \"0x0\", \"name\": \"r\", "   \
    "\"kind\": \"ram\", \"priority\": 0}"
    { "view-space", TAIL, VIEW("1", ""), "FILE:7: views[0].spaces[0]: *from 0 to 0" },
    { "range-ends-below", TAIL, VIEW("0", RANGE("0x10", "0xf")),
      "FILE:7: views[0].ranges[0].last: *" },
    { "ranges-overlap", TAIL, VIEW("0", RANGE("0x0", "0xf") "," RANGE("0xf", "0x1f")),
      "FILE:7: views[0].ranges[1].start: *" },
    { "no-ranges", TAIL, "\"views\": [{\"spaces\": [0]}]}", "FILE:7: views[0].ranges: *" },
};

/* Reads a map as commands do, and makes the machine. */
static bool take(const char *text, GError **error)
{
    LoadedMap map = { 0 };
    bool ok = load_map("FILE", text, strlen(text), &map, error);

    if (ok && map.tree) {
        ok = load_guesses(map.tree, error);
        g_autoptr(MtreeMachine) m = ok ? machine_new(map.tree, error) : NULL;
        ok = m;
    }
    load_clear(&map);
    return ok;
}

static char *replace(const char *what, const char *with)
{
    const char *at = strstr(WHOLE, what);

    g_assert_nonnull(at);
    return g_strdup_printf("%.*s%s%s", (int)(at - WHOLE), WHOLE, with, at + strlen(what));
}

static void refused(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *text = replace(c->what, c->with);
    g_autoptr(GError) error = NULL;

    g_assert_false(take(text, &error));
    g_assert_nonnull(error);
    if (!g_pattern_match_simple(c->error, error->message)) {
        g_test_message("%s", error->message);
        g_test_fail();
    }
}

static void taken(void)
{
    static const struct {
        const char *what, *with;
    } good[] = {
        { "r3", "r3" },
        { "\"id\": 3", "\"new\": [{\"x\": null}, -0, 1e400, 0.5, true], \"id\": 3" },
        { "1.0", "1.99" },
        { "r3", "\\ud83d\\udc27 \\\"\\\\\\/\\u00e9" },
        { "\"0x1000\", \"kind\": \"io\"", "\"0x10000000000000000\", \"kind\": \"io\"" },
        { "\"0x1000\", \"kind\": \"io\"", "\"0x0\", \"kind\": \"io\"" },
        { DEVICE,
          REGION(3, "\"kind\": \"io\", \"children\": [4]") "," REGION(
              4, "\"kind\": \"alias\", \"container\": 3, \"children\": [5], \"alias\": "
                 "{\"target\": 1, \"offset\": \"0x0\"}") "," REGION(5, "\"kind\": \"io\", "
                                                                       "\"container\": 4") },
    };

    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *text = replace(good[i].what, good[i].with);
        GError *error = NULL;
        g_assert_true(take(text, &error));
        g_assert_no_error(error);
    }
}

/* No name begins a line or commands the terminal. */
static void printable(void)
{
    g_autofree char *text = replace("r3", "a\\n\\t\\u009bb\\u001b[31m\\u007f");
    LoadedMap map = { 0 };

    g_assert_true(load_map("FILE", text, strlen(text), &map, NULL));
    const MtreeLine *line = map.tree->lines->pdata[3];
    g_assert_cmpstr(line->name, ==,
                    "a\xef\xbf\xbd\t\xef\xbf\xbd"
                    "b\xef\xbf\xbd[31m\xef\xbf\xbd");
    load_clear(&map);
}

/* Repeats a text. */
static GString *many(const char *before, const char *text, guint count, const char *behind)
{
    GString *out = g_string_new(before);

    for (guint i = 0; i < count; i++) {
        g_string_append(out, text);
    }
    g_string_append(out, behind);
    return out;
}

static void assert_refused(GString *text, const char *pattern)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(take(text->str, &error));
    if (!g_pattern_match_simple(pattern, error->message)) {
        g_test_message("%.200s", error->message);
        g_test_fail();
    }
    g_string_free(text, TRUE);
}

static void limits(void)
{
    static const char format[] = "{\"format\": \"physmem-map\", \"x\": ";

    assert_refused(many(format, "[", 1000000, ""), "FILE:1: expected at most 32 levels*");
    assert_refused(many(format, "{\"x\":", 1000000, ""), "FILE:1: expected at most 32 levels*");
    assert_refused(many("{\"format\": \"physmem-map\", \"x\": [0", ",0", JSON_MAX_ITEMS, "]}"),
                   "FILE:1: expected at most * values");
    GString *members = g_string_new("{\"format\": \"physmem-map\"");
    for (guint i = 0; i < JSON_MAX_MEMBERS; i++) {
        g_string_append_printf(members, ", \"m%u\": 0", i);
    }
    assert_refused(members, "FILE:1: expected at most 64 members*");
}

/* Regions inside each other, deeper than any tree. */
static void levels(void)
{
    GString *text = g_string_new(HEAD "\"regions\": [");

    for (guint i = 0; i < 20000; i++) {
        g_string_append_printf(text,
                               "%s{\"id\": %u, \"name\": \"r\", \"size\": \"0x1000\", \"kind\": "
                               "\"container\", \"children\": [%u]",
                               i ? "," : "", i, i + 1);
        g_string_append_printf(text, i ? ", \"container\": %u}" : "}", i - 1);
    }
    g_string_append(text, "], " TAIL);
    assert_refused(text, "FILE:*: regions[128]: expected at most 128 levels of regions");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/json-read/refused/%s", cases[i].path);
        g_test_add_data_func(path, &cases[i], refused);
    }
    g_test_add_func("/json-read/taken", taken);
    g_test_add_func("/json-read/printable", printable);
    g_test_add_func("/json-read/limits", limits);
    g_test_add_func("/json-read/levels", levels);
    return g_test_run();
}
