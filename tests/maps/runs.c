/* SPDX-License-Identifier: MIT
 *
 * Runs `physmem` and looks at what it prints.
 */
#include "runs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *directory;
static unsigned runs;

void runs_begin(void)
{
    directory = g_dir_make_tmp("physmem-XXXXXX", NULL);
    g_assert_nonnull(directory);
}

void runs_end(void)
{
    g_autofree char *command = g_strdup_printf("rm -rf %s", directory);

    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
    g_clear_pointer(&directory, g_free);
}

char *runs_path(const char *name)
{
    return g_build_filename(directory, name, NULL);
}

static char *read_file(const char *path)
{
    char *text;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* ---- Starting --------------------------------------------------------------------------- */

static char **arguments(const char *words)
{
    char **argv = g_strsplit(words, " ", -1);

    for (char **word = argv; *word; word++) {
        char *mark = strstr(*word, "%s");
        if (mark) {
            *mark = '\0';
            char *whole = g_strconcat(*word, directory, mark + 2, NULL);
            g_free(*word);
            *word = whole;
        }
    }
    if (g_str_equal(argv[0], "physmem")) {
        g_free(argv[0]);
        argv[0] = g_test_build_filename(G_TEST_BUILT, "..", "..", "tool", "physmem", NULL);
    }
    return argv;
}

static char *output_path(const char *what)
{
    g_autofree char *name = g_strdup_printf("%u.%s", runs, what);

    return runs_path(name);
}

static int create(const char *path)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

    g_assert_cmpint(fd, >=, 0);
    return fd;
}

Run *run_start(const char *words)
{
    g_auto(GStrv) argv = arguments(words);
    Run *run = g_new0(Run, 1);
    GError *error = NULL;

    runs++;
    *run = (Run){ .words = g_strdup(words), .out = output_path("out"), .err = output_path("err") };
    int out = create(run->out), err = create(run->err);
    g_spawn_async_with_fds(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL,
                           NULL, &run->pid, -1, out, err, &error);
    g_assert_no_error(error);
    close(out);
    close(err);
    return run;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

static bool has(const char *path, const char *text)
{
    g_autofree char *all = read_file(path);

    return !text || strstr(all, text);
}

void run_await(const Run *run, const char *out, const char *err)
{
    enum { TRIES = 3000 };

    for (int i = 0; i < TRIES && !(has(run->out, out) && has(run->err, err)); i++) {
        g_usleep(10000);
    }
    g_assert_true(has(run->out, out) && has(run->err, err));
}

static void assert_match(const Run *run, const char *path, const char *pattern)
{
    g_autofree char *text = read_file(path);

    if (!g_pattern_match_simple(pattern ? pattern : "", text)) {
        g_test_message("%s: expected\n%s\nnot\n%s", run->words, pattern ? pattern : "", text);
        g_test_fail();
    }
}

static int wait_for(const Run *run)
{
    int status;

    g_assert_cmpint(waitpid(run->pid, &status, 0), ==, run->pid);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void run_free(Run *run)
{
    g_free(run->words);
    g_free(run->out);
    g_free(run->err);
    g_free(run);
}

void run_end(Run *run, int status, const char *out, const char *err)
{
    g_assert_cmpint(wait_for(run), ==, status);
    assert_match(run, run->out, out);
    assert_match(run, run->err, err);
    run_free(run);
}

char *run_output(const char *words)
{
    Run *run = run_start(words);

    g_assert_cmpint(wait_for(run), ==, 0);
    assert_match(run, run->err, NULL);
    char *text = read_file(run->out);
    run_free(run);
    return text;
}
