/* SPDX-License-Identifier: MIT
 *
 * Monitors that are old, slow, hostile or no monitors at all: a server in this program plays them.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runs.h"
#include "source/source.h"
#include "input/tool.h"

/* ---- The server ------------------------------------------------------------------------- */

/* The answer to each line that contains a word; the first that fits counts. */
typedef struct Answer {
    const char *to;
    const char *text; /* NULL: closes the connection */
    bool once;        /* after it has been given, the next one counts */
} Answer;

/* An answer that is another one each time. */
static const char restless[] = "restless";

typedef struct Play {
    const char *path;
    const char *prefix;
    const char *greeting;
    const char *again; /* sent without end after the greeting */
    gulong pause;      /* microseconds before each of these */
    Answer answers[8];
    /* What comes out. */
    const char *text;
    const char *message; /* a pattern */
} Play;

typedef struct Server {
    const Play *play;
    int fd;
    char *name; /* of the source */
    GThread *thread;
} Server;

static bool say(int fd, const char *text)
{
    return text && send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static const char *find_answer(const Play *play, const char *line, unsigned *given)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(play->answers); i++) {
        const Answer *a = &play->answers[i];
        if (a->to && strstr(line, a->to) && !(a->once && *given >> i & 1)) {
            *given |= 1U << i;
            return a->text;
        }
    }
    return "?";
}

static bool say_answer(int fd, const char *answer, unsigned number)
{
    g_autofree char *other = g_strdup_printf("{\"return\": \"FlatView #%u\"}\n", number);

    return say(fd, answer == restless ? other : answer);
}

static void answer_lines(const Play *play, int fd)
{
    char line[1000];
    size_t n = 0;
    unsigned given = 0, lines = 0;

    while (n + 1 < sizeof(line) && read(fd, line + n, 1) == 1) {
        line[++n] = '\0';
        if (line[n - 1] == '\n') {
            n = 0;
            if (!say_answer(fd, find_answer(play, line, &given), ++lines)) {
                return;
            }
        }
    }
}

static gpointer run_server(gpointer data)
{
    const Server *s = data;
    int fd = accept(s->fd, NULL, NULL);

    if (fd < 0) {
        return NULL;
    }
    bool ok = say(fd, s->play->greeting);
    while (ok && s->play->again) {
        g_usleep(s->play->pause);
        ok = say(fd, s->play->again);
    }
    if (ok) {
        answer_lines(s->play, fd);
    }
    close(fd);
    return NULL;
}

static Server *server_start(const Play *play)
{
    Server *s = g_new0(Server, 1);
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    g_autofree char *path = runs_path(play->path);

    g_assert_cmpuint(strlen(path), <, sizeof(at.sun_path));
    strcpy(at.sun_path, path);
    s->play = play;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), ==, 0);
    g_assert_cmpint(listen(s->fd, 1), ==, 0);
    s->name = g_strconcat(play->prefix, path, NULL);
    s->thread = g_thread_new("server", run_server, s);
    return s;
}

static void server_end(Server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    g_thread_join(s->thread);
    close(s->fd);
    g_free(s->name);
    g_free(s);
}

/* ---- Cases ------------------------------------------------------------------------------ */

#define QMP "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
#define OK                                                                                        \
    {                                                                                             \
        "qmp_capabilities", "{\"return\": {}}\r\n", false                                         \
    }
#define SOCK                                                                                      \
    {                                                                                             \
        "physmem_version", "OK 1\n", false                                                        \
    }
#define RETURN(text) "{\"return\": \"" text "\"}\r\n"
#define REFUSED RETURN("mtree: unsupported option -D\\r\\n")
#define PROMPT "QEMU 2.5.0 monitor - type 'help' for more information\r\n(qemu) "
#define SYSTEM "  0000000000000000-ffffffffffffffff (prio 0, RW): system"
#define TREE "address-space: memory\\r\\n" SYSTEM "\\r\\n\\r\\n"
#define VIEWS "FlatView #0\\r\\n AS \\\"memory\\\", root: system\\r\\n"

#define TEN(text) text text text text text text text text text text
#define NESTED TEN(TEN(TEN("[[[[")))

static const Play plays[] = {
    { "new",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK, { "-o -D", RETURN(TREE), false }, { "-f", RETURN(VIEWS), false } },
      "address-space: memory\n" SYSTEM "\n\nFlatView #0\n AS \"memory\", root: system\n",
      NULL },
    { "old",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK, { "-o", REFUSED, false }, { "-D", RETURN(TREE), false }, { "-f", REFUSED, false } },
      "address-space: memory\n" SYSTEM "\n\n",
      NULL },
    { "oldest",
      "hmp:",
      PROMPT,
      NULL,
      0,
      { { "mtree\n", "info mtree\r\nmemory\r\n" SYSTEM "\r\n(qemu) ", false },
        { "mtree -", "info mtree -\r\nunknown option\r\n(qemu) ", false } },
      "memory\n" SYSTEM "\n\n",
      NULL },
    { "events",
      "qmp:",
      QMP "{\"event\": \"RESET\"}\r\n",
      NULL,
      0,
      { OK,
        { "-f", "{\"event\": \"STOP\"}\r\n" RETURN(VIEWS), false },
        { "-o -D", "{\"event\": \"RESUME\"}\r\n" RETURN(TREE), false } },
      "address-space: memory\n" SYSTEM "\n\nFlatView #0\n AS \"memory\", root: system\n",
      NULL },
    { "settles",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK,
        { "-o -D", RETURN("address-space: old\\r\\n"), true },
        { "-o -D", RETURN(TREE), false },
        { "-f", RETURN("FlatView #7\\r\\n"), true },
        { "-f", RETURN(VIEWS), false } },
      "address-space: memory\n" SYSTEM "\n\nFlatView #0\n AS \"memory\", root: system\n",
      NULL },
    { "restless",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK, { "-f", restless, false }, { "-o -D", RETURN(TREE), false } },
      NULL,
      "*the map changed each of the 20 times that it was read; try again" },
    { "no-tree",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK, { "mtree", REFUSED, false } },
      NULL,
      "*expected the output of \"info mtree\", not \"mtree: unsupported option -D*" },
    { "no-human",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK,
        { "human",
          "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command "
          "is not found\"}}\r\n",
          false } },
      NULL,
      "*the machine refuses info mtree -f: The command is not found" },
    { "no-reason",
      "qmp:",
      QMP,
      NULL,
      0,
      { { "qmp", "{\"error\": 7}\r\n", false } },
      NULL,
      "*the machine refuses qmp_capabilities: it does not say why" },
    { "not-text",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK, { "human", "{\"return\": 7}\n", false } },
      NULL,
      "*expected text as the reply to info mtree -f" },
    { "closes",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK, { "-f", NULL, false } },
      NULL,
      "*expected the reply to info mtree -f, but the machine closed the connection*" },
    { "hmp-closes",
      "hmp:",
      PROMPT,
      NULL,
      0,
      { { "-f", NULL, false } },
      NULL,
      "*expected the output of \"info mtree -f\", but the machine closed the connection*" },
    { "other-json",
      "qmp:",
      "{\"hello\": 1}\n",
      NULL,
      0,
      { { NULL, NULL, false } },
      NULL,
      "*expected the greeting of QMP, not other JSON" },
    { "array",
      "qmp:",
      "[]\n",
      NULL,
      0,
      { { NULL, NULL, false } },
      NULL,
      "*expected the greeting of QMP, not \"[]\"" },
    { "web",
      "qmp:",
      "HTTP/1.1 400 Bad Request\r\nmore\r\n",
      NULL,
      0,
      { { NULL, NULL, false } },
      NULL,
      "*expected the greeting of QMP, not \"HTTP/1.1 400 Bad Request\"" },
    { "binary",
      "qmp:",
      "\x01\xff\n",
      NULL,
      0,
      { { NULL, NULL, false } },
      NULL,
      "*expected the greeting of QMP, not \"..\"" },
    { "sock",
      "sock:",
      "",
      NULL,
      0,
      { SOCK, { "map", "OK 5 18446744073709551615\nhe\nlo", false } },
      "he\nlo",
      NULL },
    { "sock-of-qmp",
      "sock:",
      QMP,
      NULL,
      0,
      { { "physmem", "{\"error\": 7}\r\n", false } },
      NULL,
      "*expected the version of a served machine, not \"{\"QMP\"*: this is QMP, so write qmp: *" },
    { "sock-of-hmp",
      "sock:",
      PROMPT "\r\n",
      NULL,
      0,
      { { NULL, NULL, false } },
      NULL,
      "*: this is a human monitor, so write hmp: instead of sock:" },
    { "sock-of-qtest",
      "sock:",
      "",
      NULL,
      0,
      { { "physmem", "FAIL Unknown command 'physmem_version'\n", false } },
      NULL,
      "*: this is a qtest server without a map" },
    { "sock-later",
      "sock:",
      "",
      NULL,
      0,
      { { "version", "OK 12\n", false } },
      NULL,
      "*expected version 1 of a served machine, not \"OK 12\"" },
    { "sock-number",
      "sock:",
      "",
      NULL,
      0,
      { SOCK, { "map", "OK many\n", false } },
      NULL,
      "*expected the map, not \"OK many\"" },
    { "sock-huge",
      "sock:",
      "",
      NULL,
      0,
      { SOCK, { "map", "OK 18446744073709551615 1\n", false } },
      NULL,
      "*expected the map of at most * bytes" },
    { "sock-closes",
      "sock:",
      "",
      NULL,
      0,
      { SOCK, { "map", NULL, false } },
      NULL,
      "*expected the map, but the machine closed the connection*" },
};

static void check_play(gconstpointer data)
{
    const Play *play = data;
    Server *s = server_start(play);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize length;
    bool ok = source_read(s->name, &text, &length, &error);

    server_end(s);
    if (play->text) {
        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, play->text);
        g_assert_cmpuint(length, ==, strlen(text));
    } else {
        g_assert_false(ok);
        if (!g_pattern_match_simple(play->message, error->message)) {
            g_assert_cmpstr(error->message, ==, play->message);
        }
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    }
}

/* ---- Without end ------------------------------------------------------------------------ */

static const Play endless[] = {
    { "silent",
      "qmp:",
      "",
      NULL,
      0,
      { { NULL, NULL, false } },
      NULL,
      "*expected the greeting of QMP within 4.5 s, but there was no answer. A monitor*" },
    { "mute",
      "hmp:",
      PROMPT,
      NULL,
      0,
      { { "mtree", "info ", false } },
      NULL,
      "*expected the output of \"info mtree -f\" within 4.5 s, but there was only \"info\"" },
    { "drip",
      "hmp:",
      "QEMU",
      "x",
      100000,
      { { NULL, NULL, false } },
      NULL,
      "*expected the prompt \"(qemu)\" of a human monitor within 4.5 s, but there was only "
      "\"QEMUx*" },
    { "all-events",
      "qmp:",
      QMP,
      TEN(TEN(TEN("{\"event\": \"RESET\"}\r\n"))),
      0,
      { { NULL, NULL, false } },
      NULL,
      "*expected the reply to qmp_capabilities within 4.5 s*" },
    { "deep",
      "qmp:",
      "",
      "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
      0,
      { { NULL, NULL, false } },
      NULL,
      "*expected the greeting of QMP*" },
    { "changes",
      "qmp:",
      QMP,
      NULL,
      0,
      { OK, { "-f", RETURN("FlatView #0"), true } },
      NULL,
      "*expected the reply to info mtree -o -D within 4.5 s, but there was only \"?\"" },
};

typedef struct Reader {
    Server *server;
    GThread *thread;
    GError *error;
} Reader;

static gpointer run_reader(gpointer data)
{
    Reader *r = data;
    char *text = NULL;
    gsize length;

    source_read(r->server->name, &text, &length, &r->error);
    g_assert_null(text);
    return NULL;
}

/* They take the whole time limit, so they are read at the same time. */
static void check_endless(void)
{
    Reader readers[G_N_ELEMENTS(endless)] = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(endless); i++) {
        readers[i].server = server_start(&endless[i]);
        readers[i].thread = g_thread_new("reader", run_reader, &readers[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(endless); i++) {
        g_thread_join(readers[i].thread);
        server_end(readers[i].server);
        if (!g_pattern_match_simple(endless[i].message, readers[i].error->message)) {
            g_assert_cmpstr(readers[i].error->message, ==, endless[i].message);
        }
        g_error_free(readers[i].error);
    }
}

/* ---- Other ends ------------------------------------------------------------------------- */

static const struct {
    const char *name, *message;
} nowhere[] = {
    { "qmp:", "qmp:: expected the path of a socket, or HOST:PORT, behind the colon" },
    { "qmp:/nowhere/socket", "*: cannot connect: No such file or directory*" },
    { "hmp:127.0.0.1:1", "hmp:127.0.0.1:1: cannot connect: Connection refused*" },
    { "qmp:localhost:65537", "*: expected a port from 1 to 65535 behind the colon" },
    { "qmp:[::1]:1", "qmp:[[]::1]:1: *" },
    { "qmp:/dev/null", "*: cannot connect: *" },
    { "qmp:no host:1", "*expected a host that is known and a port, not \"no host:1\": *" },
};

static void check_nowhere(void)
{
    g_autofree char *long_name = g_strnfill(200, 'x'),
                    *name = g_strconcat("qmp:", long_name, NULL);
    char *text = NULL;
    gsize length;

    for (size_t i = 0; i < G_N_ELEMENTS(nowhere); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(source_read(nowhere[i].name, &text, &length, &error));
        g_test_message("%s", error->message);
        g_assert_true(g_pattern_match_simple(nowhere[i].message, error->message) ||
                      nowhere[i].name[4] == '[');
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(source_read(name, &text, &length, &error));
    g_assert_true(g_str_has_suffix(error->message, "whose path has less than 108 bytes"));
}

/* The user forgot to say which kind of monitor the socket has. */
static void check_bare_socket(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    g_autofree char *path = runs_path("bare"), *text = NULL;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_autoptr(GError) error = NULL;
    gsize length;

    strcpy(at.sun_path, path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&at, sizeof(at)), ==, 0);
    g_assert_false(source_read(path, &text, &length, &error));
    g_assert_true(g_str_has_suffix(error->message,
                                   "; for a socket, write qmp:, hmp: or sock: before its path"));
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    runs_begin();
    for (size_t i = 0; i < G_N_ELEMENTS(plays); i++) {
        g_autofree char *path = g_strdup_printf("/source/%s", plays[i].path);
        g_test_add_data_func(path, &plays[i], check_play);
    }
    g_test_add_func("/source/endless", check_endless);
    g_test_add_func("/source/nowhere", check_nowhere);
    g_test_add_func("/source/bare-socket", check_bare_socket);
    int status = g_test_run();
    runs_end();
    return status;
}
