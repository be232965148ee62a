/* SPDX-License-Identifier: MIT
 *
 * The host has no memory for the server. The calls of the server for memory go to this program
 * (--wrap), which refuses one of them.
 */
#include <string.h>
#include <unistd.h>

#include "serve/stage.h"

/* The call that is refused: 1 is the next one. 0: none. */
static int refused;

static bool refuse(void)
{
    return __atomic_load_n(&refused, __ATOMIC_SEQ_CST) != 0 &&
           __atomic_sub_fetch(&refused, 1, __ATOMIC_SEQ_CST) == 0;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
int __real_vasprintf(char **text, const char *format, va_list arguments);
int __wrap_vasprintf(char **text, const char *format, va_list arguments);

void *__wrap_calloc(size_t count, size_t size)
{
    return refuse() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return refuse() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return refuse() ? NULL : __real_strdup(text);
}

int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
    return refuse() ? -1 : __real_vasprintf(text, format, arguments);
}

static void refuse_call(int number)
{
    __atomic_store_n(&refused, number, __ATOMIC_SEQ_CST);
}

/* ---- Starting --------------------------------------------------------------------------- */

static const PhysmemServePoint points[] = { { .name = "pic", .pins = 8 },
                                            { .name = "timer", .pins = 1 } };

static void begin(Stage *s, Machine *m)
{
    stage_init(s, m);
    s->options.points = points;
    s->options.num_points = G_N_ELEMENTS(points);
}

/* Each call is refused once: the structure, the path, the points and their two names. */
static void test_start(Machine *m, gconstpointer data)
{
    Stage s;

    (void)data;
    begin(&s, m);
    for (int i = 1; i <= 5; i++) {
        Error *error = NULL;

        refuse_call(i);
        g_assert_null(physmem_serve(&s.options, &error));
        g_assert_cmpstr(error_get_pretty(error), ==, "the host has no memory for a server");
        error_free(error);
    }
    stage_serve(&s);
    stage_end(&s);
}

/* ---- Serving ---------------------------------------------------------------------------- */

static const char lines[] = "irq_intercept_in pic\nread 0 300\nb64read 0 30\n"
                            "set_irq_in pic unnamed-gpio-in 3 1\nendianness\nphysmem_version\n";

/* Each answer is whole or says FAIL. A client that watches, because the first answer says so, gets
 * a line more. The server may close the connection instead. */
static void receive_answers(int fd)
{
    unsigned count = 0, expected = 5;
    char *answer;

    while ((answer = receive_line(fd)) && !g_str_equal(answer, "OK 1")) {
        g_assert_true(g_str_has_prefix(answer, "OK") || g_str_equal(answer, "IRQ raise 3") ||
                      g_str_equal(answer, "FAIL the host has no memory"));
        expected += count++ == 0 && g_str_equal(answer, "OK");
        g_free(answer);
    }
    g_assert_true(!answer || count == expected);
    g_free(answer);
}

/* Returns whether a call was refused. */
static bool play(Stage *s, int number)
{
    int fd = connect_to(s->path);
    bool was_refused;

    refuse_call(number);
    send_text(fd, lines);
    receive_answers(fd);
    close(fd);
    was_refused = __atomic_load_n(&refused, __ATOMIC_SEQ_CST) == 0;
    refuse_call(0);
    return was_refused;
}

static bool set_pin(void *opaque, const char *device, const char *list, unsigned pin, int level)
{
    Stage *s = opaque;

    (void)device, (void)list;
    physmem_serve_set_irq(s->server, 0, pin, level);
    return true;
}

/* Afterwards others are served as usual. */
static void test_serve(Machine *m, gconstpointer data)
{
    int number = 1, fd;
    Stage s;

    (void)data;
    begin(&s, m);
    s.options.set_irq_in = set_pin;
    s.options.opaque = &s;
    stage_serve(&s);
    while (play(&s, number)) {
        number++;
    }
    g_assert_cmpint(number, >, 10);
    fd = connect_to(s.path);
    expect_answer(fd, "readb 0x20000", "OK 0x0000000000000010");
    close(fd);
    stage_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/serve-memory/start", test_start);
    TEST("/serve-memory/serve", test_serve);
    return g_test_run();
}
