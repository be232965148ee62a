/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

/* ---- The machine ------------------------------------------------------------------------ */

void stage_init(Stage *s, Machine *m)
{
    *s = (Stage){ .m = m };
    s->directory = g_dir_make_tmp("serve-XXXXXX", NULL);
    s->path = g_build_filename(s->directory, "socket", NULL);
    s->ram = ram_new(m, "ram", 0x10000);
    s->device = probe_new_plain(m, "d", PROBE_BYTES);
    s->ports = probe_new_plain(m, "p", PROBE_BYTES);
    memory_region_add_subregion(get_system_memory(), 0, s->ram);
    memory_region_add_subregion(get_system_memory(), 0x20000, &s->device->mr);
    memory_region_add_subregion(get_system_io(), 0x100, &s->ports->mr);
    s->options.path = s->path;
}

void stage_serve(Stage *s)
{
    Error *error = NULL;

    s->server = physmem_serve(&s->options, &error);
    g_assert_cmpstr(error ? error_get_pretty(error) : "", ==, "");
    g_assert_nonnull(s->server);
}

void stage_end(Stage *s)
{
    physmem_serve_end(s->server);
    g_assert_false(g_file_test(s->path, G_FILE_TEST_EXISTS));
    memory_region_del_subregion(get_system_memory(), s->ram);
    memory_region_del_subregion(get_system_memory(), &s->device->mr);
    memory_region_del_subregion(get_system_io(), &s->ports->mr);
    g_assert_cmpint(g_rmdir(s->directory), ==, 0);
    g_free(s->path);
    g_free(s->directory);
}

/* ---- Clients ---------------------------------------------------------------------------- */

int connect_try(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

int connect_to(const char *path)
{
    int fd = connect_try(path);

    g_assert_cmpint(fd, >=, 0);
    return fd;
}

void send_bytes(int fd, const void *bytes, size_t length)
{
    g_assert_cmpint(send(fd, bytes, length, MSG_NOSIGNAL), ==, length);
}

void send_text(int fd, const char *text)
{
    send_bytes(fd, text, strlen(text));
}

/* Returns 0 at the end of what the server sends. */
static ssize_t receive_some(int fd, void *bytes, size_t length)
{
    struct pollfd polled = { .fd = fd, .events = POLLIN };
    ssize_t got;

    g_assert_cmpint(poll(&polled, 1, PATIENCE_MS), ==, 1);
    got = recv(fd, bytes, length, 0);
    return got < 0 && errno == ECONNRESET ? 0 : got;
}

char *receive_line(int fd)
{
    GString *line = g_string_new(NULL);
    ssize_t got;
    char c = 0;

    while ((got = receive_some(fd, &c, 1)) == 1 && c != '\n') {
        g_string_append_c(line, c);
    }
    g_assert_cmpint(got, >=, 0);
    return g_string_free(line, got == 0);
}

void receive_bytes(int fd, void *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = receive_some(fd, (char *)bytes + done, length - done);

        g_assert_cmpint(got, >, 0);
        done += (size_t)got;
    }
}

bool is_closed(int fd)
{
    char c;

    return receive_some(fd, &c, 1) == 0;
}

void expect_line(int fd, const char *line)
{
    g_autofree char *got = receive_line(fd);

    g_assert_cmpstr(got, ==, line);
}

void expect_answer(int fd, const char *line, const char *answer)
{
    g_autofree char *sent = g_strconcat(line, "\n", NULL);
    g_auto(GStrv) lines = g_strsplit(answer, "|", -1);

    send_text(fd, sent);
    for (unsigned i = 0; lines[i]; i++) {
        expect_line(fd, lines[i]);
    }
}
