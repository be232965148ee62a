/* SPDX-License-Identifier: MIT
 *
 * Text in pictures: how wide it is, where it is broken into lines, how it is written into XML.
 * Names are set in a monospaced font, so that their width is known without a font.
 */
#ifndef TOOL_DRAW_TEXT_H
#define TOOL_DRAW_TEXT_H

#include <glib.h>
#include <physmem/int128.h>

enum {
    DRAW_CHAR = 7,  /* pixels of a character of a name, which is set in 11 pixels */
    DRAW_PROSE = 7, /* at most, of a character of a sentence, which is set in 12 pixels */
    DRAW_LINE = 14  /* from one line of a label to the next */
};

/* Returns how many columns a text takes. Wide characters take two. */
guint draw_text_columns(const char *s);
/* Breaks a text into lines of at most 'columns', at a blank or another mark if there is one. */
GPtrArray *draw_text_wrap(const char *s, guint columns);
/* Returns the columns of the longest line. */
guint draw_text_widest(const GPtrArray *lines);

/* Returns a size in at most five characters: "640K", "2.5G". It is rounded. The caller frees it. */
char *draw_text_size(Int128 size);

/* Appends text to XML. Characters that XML does not have become U+FFFD. */
void draw_text_append(GString *xml, const char *s);
/* Appends XML; %s stands for text of unknown origin, as in draw_text_append(). Only %s, %d, %u and
 * %% are known. */
void draw_xml(GString *xml, const char *fmt, ...);

#endif
