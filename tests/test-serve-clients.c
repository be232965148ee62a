/* SPDX-License-Identifier: MIT
 *
 * Clients of a server that are slow, many, hostile or gone, and the end of the server. Each test
 * ends with a client that is served as usual.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/stage.h"

enum { MOST = PHYSMEM_SERVE_BYTES };

static void begin(Stage *s, Machine *m)
{
    static const PhysmemServePoint pic = { .name = "pic", .pins = 8 };

    stage_init(s, m);
    s->options.points = &pic;
    s->options.num_points = 1;
    stage_serve(s);
}

static void expect_usual_service(Stage *s)
{
    int fd = connect_to(s->path);

    expect_answer(fd, "readb 0x20004", "OK 0x0000000000000014");
    close(fd);
}

static void end(Stage *s)
{
    expect_usual_service(s);
    stage_end(s);
}

/* ---- Lines ------------------------------------------------------------------------------ */

static void test_pieces(Machine *m, gconstpointer data)
{
    static const char text[] = "writew 0 0x1234\nreadb 0\n";
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    for (unsigned i = 0; text[i] != '\0'; i++) {
        send_bytes(fd, &text[i], 1);
        poll(NULL, 0, i % 8 == 0 ? 1 : 0);
    }
    expect_line(fd, "OK");
    expect_line(fd, "OK 0x0000000000000034");
    send_text(fd, "readb 0\nreadb 1\n\nreadw");
    expect_line(fd, "OK 0x0000000000000034");
    expect_line(fd, "OK 0x0000000000000012");
    expect_line(fd, "FAIL an empty line is not a command");
    expect_answer(fd, " 0", "OK 0x0000000000001234");
    close(fd);
    end(&s);
}

static char *repeat(const char *before, char c, size_t count, const char *after)
{
    g_autofree char *middle = g_strnfill(count, c);

    return g_strconcat(before, middle, after, NULL);
}

/* The most memory that this program has had, in KiB. Sanitizers keep what was freed. */
static unsigned long peak_memory(void)
{
    g_autofree char *status = NULL;

    g_assert_true(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
    return strtoul(strstr(status, "VmHWM:") + strlen("VmHWM:"), NULL, 10);
}

static void expect_little_memory(unsigned long before)
{
#ifndef PHYSMEM_SANITIZE
    g_assert_cmpuint(peak_memory() - before, <, 32 * 1024);
#else
    (void)before;
#endif
}

/* The longest command there is, and lines that are longer. */
static void test_long_lines(Machine *m, gconstpointer data)
{
    g_autofree char *write = repeat("write 0 65536 0x", 'c', 2 * MOST, "");
    g_autofree char *read = repeat("OK 0x", 'c', 2 * MOST, "");
    g_autofree char *longer = repeat("write 0 65536 0x", 'd', 2 * MOST + 256, "");
    g_autofree char *endless = repeat("", 'e', 1 << 20, "");
    unsigned long before = peak_memory();
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    expect_answer(fd, write, "OK");
    expect_answer(fd, "read 0 65536", read);
    expect_answer(fd, longer, "FAIL a line has at most 131328 characters");
    for (unsigned i = 0; i < 64; i++) {
        send_text(fd, endless);
    }
    expect_answer(fd, "", "FAIL a line has at most 131328 characters");
    expect_little_memory(before);
    expect_answer(fd, "readb 0", "OK 0x00000000000000cc");
    close(fd);
    end(&s);
}

/* ---- Slow clients ----------------------------------------------------------------------- */

/* A client asks for 64 MiB and does not read. Others are served meanwhile. */
static void test_slow(Machine *m, gconstpointer data)
{
    g_autofree char *zeros = repeat("OK 0x", '0', 2 * MOST, "\n");
    g_autofree char *got = g_strdup(zeros);
    GString *lines = g_string_new(NULL);
    unsigned long before = peak_memory();
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    for (unsigned i = 0; i < 512; i++) {
        g_string_append(lines, "read 0 65536\n");
    }
    send_text(fd, lines->str);
    for (unsigned i = 0; i < 600; i++) {
        expect_usual_service(&s);
    }
    for (unsigned i = 0; i < 512; i++) {
        receive_bytes(fd, got, strlen(zeros));
        g_assert_cmpmem(got, strlen(zeros), zeros, strlen(zeros));
    }
    expect_answer(fd, "readb 0x20001", "OK 0x0000000000000011");
    expect_little_memory(before);
    close(fd);
    g_string_free(lines, TRUE);
    end(&s);
}

/* A client does not take what it has asked to be told. It is closed, and no device waits. */
static void test_flood(Machine *m, gconstpointer data)
{
    unsigned lines = 0;
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    expect_answer(fd, "irq_intercept_in pic", "OK");
    for (unsigned i = 1; i <= 200000; i++) {
        physmem_serve_set_irq(s.server, 0, 3, (int)i);
    }
    for (char *line = receive_line(fd); line; line = receive_line(fd)) {
        g_assert_cmpstr(line, ==, "IRQ raise 3");
        g_free(line);
        lines++;
    }
    g_assert_cmpuint(lines, <, 200000);
    close(fd);
    end(&s);
}

/* A client that waits for another map can be told of interrupts meanwhile. */
static void test_wait_and_irq(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    expect_answer(fd, "irq_intercept_in pic", "OK");
    send_text(fd, "physmem_wait 1\nreadb 0x20000\n");
    physmem_serve_set_irq(s.server, 0, 2, 1);
    expect_line(fd, "IRQ raise 2");
    memory_region_set_enabled(s.ram, false);
    expect_line(fd, "OK 2");
    expect_line(fd, "OK 0x0000000000000010");
    close(fd);
    end(&s);
}

/* ---- Many clients ----------------------------------------------------------------------- */

static void test_many(Machine *m, gconstpointer data)
{
    enum { CLIENTS = PHYSMEM_SERVE_CLIENTS };
    int fds[CLIENTS], late;
    Stage s;

    (void)data;
    begin(&s, m);
    for (unsigned i = 0; i < CLIENTS; i++) {
        fds[i] = connect_to(s.path);
        send_text(fds[i], "readb 0x20007\n");
        expect_line(fds[i], "OK 0x0000000000000017");
    }
    late = connect_to(s.path);
    send_text(late, "readb 0x20008\n");
    g_assert_cmpint(poll(&(struct pollfd){ .fd = late, .events = POLLIN }, 1, 50), ==, 0);
    close(fds[5]);
    expect_line(late, "OK 0x0000000000000018");
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (i != 5) {
            expect_answer(fds[i], "readb 0x20009", "OK 0x0000000000000019");
            close(fds[i]);
        }
    }
    close(late);
    end(&s);
}

/* ---- Clients that leave ----------------------------------------------------------------- */

static void leave_after(Stage *s, const char *text)
{
    int fd = connect_to(s->path);

    send_text(fd, text);
    close(fd);
}

static unsigned count_descriptors(void)
{
    GDir *directory = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned count = 0;

    while (g_dir_read_name(directory)) {
        count++;
    }
    g_dir_close(directory);
    return count;
}

/* The server notices that they have left: no descriptor stays. It accepts clients in order, so all
 * of them are there when it has served a later one. */
static void test_leaving(Machine *m, gconstpointer data)
{
    unsigned before, tries = 0;
    Stage s;

    (void)data;
    begin(&s, m);
    expect_usual_service(&s);
    before = count_descriptors();
    for (unsigned i = 0; i < 200; i++) {
        leave_after(&s, "");
        leave_after(&s, "readb 0");
        leave_after(&s, "physmem_map\nphysmem_map\nphysmem_map\n");
        leave_after(&s, "read 0 65536\nread 0 65536\nread 0 65536\nread 0 65536\n");
        leave_after(&s, "physmem_wait 1\n");
        leave_after(&s, "irq_intercept_in pic\nphysmem_wait 1\n");
    }
    expect_usual_service(&s);
    while (count_descriptors() > before && tries++ < 2000) {
        g_usleep(10000);
    }
    g_assert_cmpuint(count_descriptors(), <=, before);
    end(&s);
}

/* "printf ... | nc -N" ends what it sends, and still wants the answers. */
static void test_half_closed(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    send_text(fd, "readb 0x20001\nreadb 0x20002\nreadb 0x20003");
    shutdown(fd, SHUT_WR);
    expect_line(fd, "OK 0x0000000000000011");
    expect_line(fd, "OK 0x0000000000000012");
    g_assert_true(is_closed(fd));
    close(fd);
    end(&s);
}

/* ---- The end ---------------------------------------------------------------------------- */

static void test_end(Machine *m, gconstpointer data)
{
    static const char *const lines[] = { "", "readb", "physmem_wait 1\n",
                                         "read 0 65536\nread 0 65536\n" };
    int fds[G_N_ELEMENTS(lines)];
    char bytes[4096];
    Stage s;

    (void)data;
    begin(&s, m);
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        fds[i] = connect_to(s.path);
        send_text(fds[i], lines[i]);
    }
    end(&s);
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        while (recv(fds[i], bytes, sizeof(bytes), 0) > 0) {
        }
        close(fds[i]);
    }
}

/* A device that is called by the server edits and accesses; meanwhile the program ends the
 * server. */
static void hold_up(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr, (void)size, (void)is_write;
    g_usleep(100000);
    memory_region_set_enabled(p->opaque, false);
}

static void test_end_in_command(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    expect_usual_service(&s);
    s.device->hook = hold_up;
    s.device->opaque = s.ram;
    fd = connect_to(s.path);
    send_text(fd, "writeb 0x20000 1\n");
    g_usleep(20000);
    stage_end(&s);
    close(fd);
}

static PhysmemServer *the_server;

static void end_here(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)p, (void)addr, (void)size, (void)is_write;
    physmem_serve_end(the_server);
}

/* With the lock, and in the server's own thread, the end would never come. */
static void test_end_refused(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        g_test_trap_assert_stderr("*cannot be ended with the context's lock held*"
                                  "cannot be ended in its own thread*");
        return;
    }
    begin(&s, m);
    memory_context_lock(m->ctx);
    physmem_serve_end(s.server);
    memory_context_unlock(m->ctx);
    expect_usual_service(&s);
    the_server = s.server;
    s.device->hook = end_here;
    fd = connect_to(s.path);
    expect_answer(fd, "readb 0x20000", "OK 0x0000000000000010");
    close(fd);
    s.device->hook = NULL;
    end(&s);
}

/* ---- fork() ----------------------------------------------------------------------------- */

/* The child uses its copy of the machine, and gives up its copy of the server. */
static void be_child(Stage *s)
{
    address_space_stb(memory_context_memory(s->m->ctx), 0, 0x77, ANY, NULL);
    physmem_serve_set_irq(s->server, 0, 1, 1);
    memory_region_set_enabled(s->ram, false);
    physmem_serve_end(s->server);
    _exit(0);
}

static void expect_success(pid_t child)
{
    int status;

    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_fork(Machine *m, gconstpointer data)
{
    Stage s;
    int fd;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    expect_answer(fd, "irq_intercept_in pic", "OK");
    for (unsigned i = 0; i < 20; i++) {
        pid_t child;

        send_text(fd, "readb 0\n");
        child = fork();
        if (child == 0) {
            be_child(&s);
        }
        expect_success(child);
        expect_line(fd, "OK 0x0000000000000000");
    }
    close(fd);
    end(&s);
}

/* A child that does nothing has copies of all descriptors. The clients see the end all the same. */
static void test_fork_and_end(Machine *m, gconstpointer data)
{
    int idle[2], fd;
    pid_t child;
    Stage s;
    char c;

    (void)data;
    begin(&s, m);
    fd = connect_to(s.path);
    expect_answer(fd, "readb 0", "OK 0x0000000000000000");
    g_assert_cmpint(pipe(idle), ==, 0);
    child = fork();
    if (child == 0) {
        close(idle[1]);
        _exit(read(idle[0], &c, 1) == 0 ? 0 : 1);
    }
    end(&s);
    g_assert_true(is_closed(fd));
    close(fd);
    close(idle[1]);
    close(idle[0]);
    expect_success(child);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/serve-clients/pieces", test_pieces);
    TEST("/serve-clients/long-lines", test_long_lines);
    TEST("/serve-clients/slow", test_slow);
    TEST("/serve-clients/flood", test_flood);
    TEST("/serve-clients/wait-and-irq", test_wait_and_irq);
    TEST("/serve-clients/many", test_many);
    TEST("/serve-clients/leaving", test_leaving);
    TEST("/serve-clients/half-closed", test_half_closed);
    TEST("/serve-clients/end", test_end);
    TEST("/serve-clients/end-in-command", test_end_in_command);
    TEST("/serve-clients/end-refused", test_end_refused);
    TEST("/serve-clients/fork", test_fork);
    TEST("/serve-clients/fork-and-end", test_fork_and_end);
    return g_test_run();
}
