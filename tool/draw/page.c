/* SPDX-License-Identifier: MIT
 *
 * Puts a page together (page.h): the files of tool/draw/ and the data. The page's policy
 * allows this one style and this one script, by their hashes, and nothing from the network.
 */
#include "draw/page.h"

#include "draw/file.h"
#include "draw/text.h"

/* The script is one text, in this order. */
static const char *const scripts[] = { "model.js", "layout.js", "picture.js", "panel.js",
                                       "head.js",  "search.js", "pair.js",    "page.js" };

static char *script(void)
{
    GString *all = g_string_new("'use strict';\n");

    for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_string_append(all, draw_file(scripts[i]));
    }
    return g_string_free(all, FALSE);
}

/* Returns the hash in the form that a policy has it. */
static char *hash_of(const char *text)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize length = sizeof(digest);

    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, digest, &length);
    return g_base64_encode(digest, length);
}

static char *title_of(const DrawMap *maps, guint count)
{
    return count == 1 ? g_strdup_printf("Memory map: %s", maps[0].file)
                      : g_strdup_printf("Memory maps: %s, %s", maps[0].file, maps[1].file);
}

static void put_head(GString *page, const char *title, const char *style, const char *program)
{
    g_autofree char *style_hash = hash_of(style), *program_hash = hash_of(program);

    g_string_append(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                          "<meta charset=\"utf-8\">\n");
    draw_xml(page,
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'sha256-%s'; script-src 'sha256-%s'; img-src data:; base-uri 'none'; "
             "form-action 'none'\">\n",
             style_hash, program_hash);
    g_string_append(page,
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<link rel=\"icon\" href=\"data:,\">\n");
    draw_xml(page, "<title>%s</title>\n", title);
    g_string_append_printf(page, "<style>%s</style>\n</head>\n", style);
}

char *draw_page(const DrawMap *maps, guint count)
{
    GString *page = g_string_new(NULL);
    g_autofree char *program = script(), *data = draw_data(maps, count);
    g_autofree char *title = title_of(maps, count);

    put_head(page, title, draw_file("page.css"), program);
    g_string_append(page, draw_file("body.html"));
    g_string_append_printf(page, "<script type=\"application/json\" id=\"data\">%s</script>\n",
                           data);
    g_string_append_printf(page, "<script>%s</script>\n</body>\n</html>\n", program);
    return g_string_free(page, FALSE);
}
