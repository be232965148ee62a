/* SPDX-License-Identifier: MIT
 *
 * Writes files (save.h). g_file_set_contents() renames a new file to the name. That must not happen
 * to /dev/stdout, which would be gone then.
 */
#include "terminal/save.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "mtree/mtree.h"

/* Whether the name is that of a file, or there is nothing of that name. */
static bool can_be_replaced(const char *file)
{
    struct stat st;

    return lstat(file, &st) != 0 || S_ISREG(st.st_mode);
}

static bool write_into(const char *file, const char *text, gsize length, GError **error)
{
    FILE *out = fopen(file, "wb");
    bool ok = out && fwrite(text, 1, length, out) == length;
    int code = errno;

    if (out && fclose(out) != 0 && ok) {
        ok = false;
        code = errno;
    }
    if (!ok) {
        g_set_error(error, MTREE_ERROR, 0, "%s: %s", file, g_strerror(code));
    }
    return ok;
}

bool tool_save(const char *file, const char *text, gsize length, GError **error)
{
    if (g_str_equal(file, "-")) {
        fwrite(text, 1, length, stdout); /* main() looks whether it has arrived */
        return true;
    }
    return can_be_replaced(file) ? g_file_set_contents(file, text, (gssize)length, error)
                                 : write_into(file, text, length, error);
}
