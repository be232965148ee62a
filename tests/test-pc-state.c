/* SPDX-License-Identifier: MIT
 *
 * Files of saved PCs: what was written is read again, and everything that is wrong with a file is
 * reported.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "../examples/pc/state-file.h"

#define ZEROS 40000

typedef struct Fixture {
    char *path;
} Fixture;

static void set_up(Fixture *f, gconstpointer data)
{
    static const uint8_t zeros[ZEROS] = { [ZEROS - 1] = 7 };
    StateWriter writer;
    int fd = g_file_open_tmp("physmem-state-XXXXXX", &f->path, NULL);

    (void)data;
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(state_writer_open(&writer, f->path, &error_abort));
    state_writer_add(&writer, "first", "abc", 3);
    state_writer_add(&writer, "zeros", zeros, ZEROS);
    state_writer_add(&writer, "nothing", NULL, 0);
    g_assert_true(state_writer_close(&writer, &error_abort));
}

static void tear_down(Fixture *f, gconstpointer data)
{
    (void)data;
    g_unlink(f->path);
    g_free(f->path);
}

static void expect_error(Error *error, const char *words)
{
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error_get_pretty(error), words));
    error_free(error);
}

static void expect_no_file(const Fixture *f, const char *words)
{
    StateReader reader;
    Error *error = NULL;

    g_assert_false(state_reader_open(&reader, f->path, &error));
    expect_error(error, words);
}

static void rewrite(const Fixture *f, gsize at, char byte, gsize cut)
{
    char *bytes;
    gsize size;

    g_assert_true(g_file_get_contents(f->path, &bytes, &size, NULL));
    bytes[at] = byte;
    g_assert_true(g_file_set_contents(f->path, bytes, (gssize)(size - cut), NULL));
    g_free(bytes);
}

static void test_comes_back(Fixture *f, gconstpointer data)
{
    StateReader reader;
    const uint8_t *zeros;
    char first[3];

    (void)data;
    g_assert_true(state_reader_open(&reader, f->path, &error_abort));
    g_assert_true(state_reader_copy(&reader, "first", first, 3, &error_abort));
    g_assert_cmpmem(first, 3, "abc", 3);
    zeros = state_reader_get(&reader, "zeros", ZEROS, &error_abort);
    g_assert_cmpint(zeros[0], ==, 0);
    g_assert_cmpint(zeros[ZEROS - 1], ==, 7);
    g_assert_nonnull(state_reader_get(&reader, "nothing", 0, &error_abort));
    state_reader_close(&reader);
}

static void test_no_such_section(Fixture *f, gconstpointer data)
{
    StateReader reader;
    Error *error = NULL;

    (void)data;
    g_assert_true(state_reader_open(&reader, f->path, &error_abort));
    g_assert_null(state_reader_get(&reader, "second", 3, &error));
    expect_error(error, "no \"second\"");
    error = NULL;
    g_assert_null(state_reader_get(&reader, "first", 4, &error));
    expect_error(error, "3 bytes, not 4");
    state_reader_close(&reader);
}

/* A file that ends too early, at any place. */
static void test_cut_short(Fixture *f, gconstpointer data)
{
    char *bytes;
    gsize size;

    (void)data;
    g_assert_true(g_file_get_contents(f->path, &bytes, &size, NULL));
    for (gsize length = 0; length < size; length += length < 100 || size - length < 100 ? 1 : 99) {
        g_assert_true(g_file_set_contents(f->path, bytes, (gssize)length, NULL));
        expect_no_file(f, length < 24 ? "too short" : "cut short");
    }
    g_free(bytes);
}

static void test_garbage(Fixture *f, gconstpointer data)
{
    (void)data;
    rewrite(f, 3, 'X', 0);
    expect_no_file(f, "not a saved PC");
}

static void test_version(Fixture *f, gconstpointer data)
{
    (void)data;
    rewrite(f, 16, 9, 0);
    expect_no_file(f, "version 9, not 1");
}

/* Damages the highest byte of the length of the first section's data. */
static void test_wild_length(Fixture *f, gconstpointer data)
{
    (void)data;
    rewrite(f, 24 + 15, '\xff', 0);
    expect_no_file(f, "damaged");
}

static void test_no_file(Fixture *f, gconstpointer data)
{
    (void)data;
    g_unlink(f->path);
    expect_no_file(f, "No such file");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(path, test) g_test_add("/pc-state/" path, Fixture, NULL, set_up, test, tear_down)
    TEST("comes-back", test_comes_back);
    TEST("no-such-section", test_no_such_section);
    TEST("cut-short", test_cut_short);
    TEST("garbage", test_garbage);
    TEST("version", test_version);
    TEST("wild-length", test_wild_length);
    TEST("no-file", test_no_file);
    return g_test_run();
}
