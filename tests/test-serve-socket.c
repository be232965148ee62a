/* SPDX-License-Identifier: MIT
 *
 * The socket file of a server, options that are refused, and random lines.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/stage.h"

/* ---- The file --------------------------------------------------------------------------- */

static void expect_refusal(const PhysmemServeOptions *options, const char *format, ...)
{
    g_autofree char *want = NULL;
    Error *error = NULL;
    va_list arguments;

    va_start(arguments, format);
    want = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_assert_null(physmem_serve(options, &error));
    g_assert_cmpstr(error_get_pretty(error), ==, want);
    error_free(error);
}

static void test_mode(Machine *m, gconstpointer data)
{
    mode_t before = umask(0);
    struct stat file;
    Stage s;

    (void)data;
    stage_init(&s, m);
    stage_serve(&s);
    umask(before);
    g_assert_cmpint(stat(s.path, &file), ==, 0);
    g_assert_cmpuint(file.st_mode, ==, S_IFSOCK | 0600);
    stage_end(&s);
}

/* Leaves a socket file as a program does that has crashed. */
static void leave_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
    close(fd);
}

static void test_stale(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    stage_init(&s, m);
    leave_socket(s.path);
    stage_serve(&s);
    fd = connect_to(s.path);
    expect_answer(fd, "readb 0x20000", "OK 0x0000000000000010");
    close(fd);
    stage_end(&s);
}

static void test_in_use(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    stage_init(&s, m);
    stage_serve(&s);
    expect_refusal(&s.options, "%s is the socket of a program that runs: name another path",
                   s.path);
    fd = connect_to(s.path);
    expect_answer(fd, "readb 0x20000", "OK 0x0000000000000010");
    close(fd);
    stage_end(&s);
}

static void test_not_a_socket(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_init(&s, m);
    g_file_set_contents(s.path, "precious", -1, NULL);
    expect_refusal(&s.options, "%s is not a socket: remove it, or name another path", s.path);
    g_assert_true(g_file_test(s.path, G_FILE_TEST_IS_REGULAR));
    g_unlink(s.path);
    stage_end(&s);
}

static void test_path(Machine *m, gconstpointer data)
{
    g_autofree char *longest = g_strnfill(108, 'x');
    Stage s;

    (void)data;
    stage_init(&s, m);
    s.options.path = longest;
    expect_refusal(&s.options, "a socket's path has 1 to 107 characters, not 108: \"%s\"",
                   longest);
    s.options.path = NULL;
    expect_refusal(&s.options, "a socket's path has 1 to 107 characters, not 0: \"\"");
    s.options.path = "/nowhere/socket";
    expect_refusal(&s.options,
                   "the socket /nowhere/socket cannot be made: No such file or directory");
    stage_end(&s);
}

/* Another program has put its own socket there. */
static void test_replaced(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_init(&s, m);
    stage_serve(&s);
    g_unlink(s.path);
    leave_socket(s.path);
    physmem_serve_end(s.server);
    s.server = NULL;
    g_assert_true(g_file_test(s.path, G_FILE_TEST_EXISTS));
    g_unlink(s.path);
    stage_end(&s);
}

static void test_points(Machine *m, gconstpointer data)
{
    PhysmemServePoint point = { .name = "pic", .pins = 0 };
    Stage s;

    (void)data;
    stage_init(&s, m);
    s.options.points = &point;
    s.options.num_points = 1;
    expect_refusal(&s.options, "intercept point pic has 1 to 256 pins, not 0");
    point.pins = 257;
    expect_refusal(&s.options, "intercept point pic has 1 to 256 pins, not 257");
    point = (PhysmemServePoint){ .name = "p c", .pins = 1 };
    expect_refusal(&s.options,
                   "the name of an intercept point has no blanks, and is not empty: \"p c\"");
    point.name = NULL;
    expect_refusal(&s.options,
                   "the name of an intercept point has no blanks, and is not empty: \"\"");
    stage_end(&s);
}

/* ---- Random lines ----------------------------------------------------------------------- */

static const char *const seeds[] = {
    "readb 0x100",
    "readq 18446744073709551615",
    "writel 0x20002 0x11223344",
    "read 0xfff8 16",
    "write 0x10 4 0xdeadbeef",
    "b64read 0x100 33",
    "b64write 0x40 4 AQIDBA==",
    "memset 0xfff0 0x20 0xff",
    "inl 0xffff",
    "outw 0x101 -1",
    "endianness",
    "irq_intercept_in pic",
    "set_irq_in pic unnamed-gpio-in 3 -7",
    "clock_step",
    "module_load a b",
    "physmem_generation",
};

static char random_char(void)
{
    static const char likely[] = " 0x1-=/+Af\r\t9z\0\377";

    return g_test_rand_bit() ? likely[g_test_rand_int_range(0, sizeof(likely) - 1)]
                             : (char)g_test_rand_int_range(0, 256);
}

/* Changes, removes, inserts or doubles something. */
static void mutate(GString *line)
{
    gssize at = g_test_rand_int_range(0, (gint32)line->len + 1);
    char c = random_char();

    switch (g_test_rand_int_range(0, 4)) {
    case 0:
        g_string_insert_c(line, at, c);
        break;
    case 1:
        g_string_truncate(line, (gsize)at);
        break;
    case 2:
        g_string_insert(line, at, seeds[g_test_rand_int_range(0, G_N_ELEMENTS(seeds))]);
        break;
    default:
        g_string_erase(line, at, MIN(2, (gssize)line->len - at));
        break;
    }
}

static GString *random_line(void)
{
    GString *line = g_string_new(seeds[g_test_rand_int_range(0, G_N_ELEMENTS(seeds))]);

    for (int i = g_test_rand_int_range(0, 4); i > 0; i--) {
        mutate(line);
    }
    for (gsize i = 0; i < line->len; i++) {
        line->str[i] = line->str[i] == '\n' ? ' ' : line->str[i];
    }
    return g_string_append_c(line, '\n');
}

static void expect_some_answer(int fd)
{
    g_autofree char *answer = NULL;

    do {
        g_free(answer);
        answer = receive_line(fd);
        g_assert_nonnull(answer);
    } while (g_str_has_prefix(answer, "IRQ "));
    g_assert_true(g_str_has_prefix(answer, "OK") || g_str_has_prefix(answer, "FAIL ") ||
                  g_str_has_prefix(answer, "ERR "));
}

/* Each line has one answer, whatever it is. */
static void test_random(Machine *m, gconstpointer data)
{
    static const PhysmemServePoint pic = { .name = "pic", .pins = 8 };
    Stage s;
    int fd;

    (void)data;
    stage_init(&s, m);
    s.options.points = &pic;
    s.options.num_points = 1;
    stage_serve(&s);
    fd = connect_to(s.path);
    for (unsigned i = 0; i < 10000; i++) {
        GString *line = random_line();

        send_bytes(fd, line->str, line->len);
        expect_some_answer(fd);
        g_string_free(line, true);
    }
    expect_answer(fd, "physmem_version", "OK 1");
    close(fd);
    stage_end(&s);
}

/* Sends random lines, of which some have no end, reads some of the answers or none, and leaves. */
static void be_hostile(const char *path)
{
    int fd = connect_to(path);
    char some[300];

    for (int i = g_test_rand_int_range(0, 30); i > 0; i--) {
        GString *line = random_line();

        if (g_test_rand_int_range(0, 8) == 0) {
            g_string_truncate(line, line->len / 2);
        }
        if (send(fd, line->str, line->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
            i = 1;
        }
        g_string_free(line, true);
        if (g_test_rand_bit()) {
            recv(fd, some, sizeof(some), MSG_DONTWAIT);
        }
    }
    close(fd);
}

static void test_hostile(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    stage_init(&s, m);
    stage_serve(&s);
    for (unsigned i = 0; i < 500; i++) {
        be_hostile(s.path);
        if (i % 50 == 0) {
            int fd = connect_to(s.path);

            expect_answer(fd, "physmem_version", "OK 1");
            close(fd);
        }
    }
    stage_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/serve-socket/mode", test_mode);
    TEST("/serve-socket/stale", test_stale);
    TEST("/serve-socket/in-use", test_in_use);
    TEST("/serve-socket/not-a-socket", test_not_a_socket);
    TEST("/serve-socket/path", test_path);
    TEST("/serve-socket/replaced", test_replaced);
    TEST("/serve-socket/points", test_points);
    TEST("/serve-socket/random", test_random);
    TEST("/serve-socket/hostile", test_hostile);
    return g_test_run();
}
