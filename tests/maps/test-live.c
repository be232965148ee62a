/* SPDX-License-Identifier: MIT
 *
 * A running QEMU as the source of maps: unmodified, in TCG, by both of its monitors.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <glib/gstdio.h>

#include "maps.h"
#include "runs.h"
#include "source/source.h"

/* ---- The machine ------------------------------------------------------------------------ */

/* Connects to the human monitor, as soon as it listens, and waits for its prompt. */
static Source *monitor_open(void)
{
    g_autofree char *socket = runs_path("h"), *name = g_strconcat("hmp:", socket, NULL);
    Source *s = NULL;

    for (int i = 0; i < 3000 && !(s = source_open(name, -1, NULL)); i++) {
        g_usleep(10000);
    }
    g_assert_nonnull(s);
    return s;
}

/* The machine dies with this program, so nothing stays behind if a test fails. */
static Run *machine_start(const char *program)
{
    g_autofree char *words =
        g_strconcat("setpriv --pdeathsig KILL ", program,
                    " -accel tcg -display none -nodefaults"
                    " -qmp unix:%s/q,server=on,wait=off -monitor unix:%s/h,server=on,wait=off",
                    NULL);
    Run *machine = run_start(words);

    source_close(monitor_open());
    return machine;
}

static void machine_end(Run *machine)
{
    g_autofree char *q = runs_path("q"), *h = runs_path("h");

    kill(machine->pid, SIGKILL);
    waitpid(machine->pid, NULL, 0);
    g_unlink(q);
    g_unlink(h);
    g_free(machine->words);
    g_free(machine->out);
    g_free(machine->err);
    g_free(machine);
}

/* Types a command and returns all up to the next prompt. */
static char *type(Source *s, const char *command)
{
    g_autofree char *line = g_strconcat(command, "\n", NULL);

    g_assert_true(channel_send(s->channel, line, -1, NULL));
    while (!g_str_has_suffix(s->channel->data->str, "\n(qemu) ")) {
        g_assert_true(channel_receive(s->channel, "the prompt", NULL));
    }
    return channel_take_bytes(s->channel, s->channel->data->len, "the answer", NULL);
}

static void type_alone(const char *command, const char *answer)
{
    Source *s = monitor_open();
    g_autofree char *text = type(s, command);

    source_close(s);
    if (answer) {
        g_assert_nonnull(strstr(text, answer));
    }
}

/* Returns what the machine says for `info mtree -f`, without what depends on chance. */
static char *own_views(void)
{
    Source *s = monitor_open();
    g_autofree char *text = type(s, "info mtree -f");
    g_auto(GStrv) parts = g_strsplit(strstr(text, "\r\n") + 2, "\r", -1);
    g_autofree char *views = g_strjoinv("", parts);

    source_close(s);
    *g_strrstr(views, "(qemu) ") = '\0';
    return maps_normal(views);
}

/* ---- What it has ------------------------------------------------------------------------ */

typedef struct Board {
    const char *program;
    const char *who, *answer, *ram;
} Board;

static const Board pc = { "qemu-system-x86_64 -M pc -S", "0xfee00000", "*: apic-msi @*",
                          "*pc.ram @0000000000000000\n*" };
static const Board q35 = { "qemu-system-x86_64 -M q35 -device e1000e", "0xfed00000", "*: hpet @*",
                           "*pc.ram*" };
static const Board virt = { "qemu-system-aarch64 -M virt -S", "0x9000000", "*: pl011 @*",
                            "*mach-virt.ram @0000000000000000\n" };

static void check_board(gconstpointer data)
{
    const Board *b = data;
    Run *machine = machine_start(b->program);
    g_autofree char *who = g_strdup_printf("physmem who qmp:%%s/q %s", b->who);

    g_autofree char *before = own_views();
    g_autofree char *qmp = run_output("physmem flat qmp:%s/q");
    g_autofree char *hmp = run_output("physmem flat hmp:%s/h");
    g_autofree char *normal_qmp = maps_normal(qmp), *normal_hmp = maps_normal(hmp);
    g_autofree char *after = own_views();
    if (strstr(b->program, "-S")) {
        g_assert_cmpstr(normal_qmp, ==, after);
        g_assert_cmpstr(normal_hmp, ==, after);
        run_end(run_start("physmem diff qmp:%s/q hmp:%s/h"), 0, NULL, NULL);
        g_assert_cmpstr(before, ==, after);
    }
    run_end(run_start(who), 0, b->answer, NULL);
    run_end(run_start("physmem ram hmp:%s/h"), 0, b->ram, NULL);
    type_alone("info status", strstr(b->program, "-S") ? "paused" : "running");
    machine_end(machine);
}

/* A saved map says what the machine said. */
static void saved(void)
{
    Run *machine = machine_start("qemu-system-x86_64 -M q35 -S");
    g_autofree char *live = run_output("physmem flat qmp:%s/q");

    run_end(run_start("physmem get qmp:%s/q -o %s/saved"), 0, NULL, NULL);
    g_autofree char *printed = run_output("physmem get hmp:%s/h");
    machine_end(machine);
    g_autofree char *again = run_output("physmem flat %s/saved");
    g_assert_cmpstr(again, ==, live);
    g_assert_nonnull(strstr(printed, "address-space: memory\n"));
    g_assert_nonnull(strstr(printed, "owner:{dev path="));
    g_assert_nonnull(strstr(printed, " [disabled]"));
    g_assert_nonnull(strstr(printed, "\n\nFlatView #0\n"));
    run_end(run_start("physmem get %s/saved"), 0, printed, NULL);
    run_end(run_start("physmem flat qmp:%s/q"), 1, NULL, "*/q: cannot connect: *");
}

/* The device tree that the machine gives to its guest is right about the machine. */
static void device_tree(void)
{
    static const char assumed[] = "physmem: *.dtb: took memory of a device tree as ram, *";
    Run *machine = run_start("qemu-system-arm -display none -M virt,dumpdtb=%s/virt.dtb");

    run_end(machine, 0, NULL, "*virt.dtb*");
    run_end(run_start("physmem who %s/virt.dtb 0x9000000"), 0, "*: /pl011@9000000 @0000*",
            assumed);
    run_end(run_start("physmem ram %s/virt.dtb"), 0,
            "0000000040000000-0000000047ffffff *ram  /memory@40000000 @0000000000000000\n",
            assumed);
    run_end(run_start("physmem get %s/virt.dtb -o %s/virt.txt"), 0, NULL, assumed);
    g_autofree char *flat = run_output("physmem flat %s/virt.txt");
    run_end(run_start("physmem flat %s/virt.dtb"), 0, flat, assumed);
}

/* ---- Silence ---------------------------------------------------------------------------- */

/* All of them take the whole time limit, so they run together. */
static void silent(void)
{
    static const char busy[] = "*no answer. A monitor serves one client at a time: is another*";
    Run *machine = machine_start("qemu-system-x86_64 -M none -S");
    Source *other = monitor_open();

    Run *second = run_start("physmem flat hmp:%s/h"); /* the first client stays connected */
    Run *late = run_start("physmem tree qmp:%s/q");
    run_end(late, 0, "address-space: memory\n*", NULL);
    kill(machine->pid, SIGSTOP);
    Run *stopped = run_start("physmem flat qmp:%s/q");
    Run *watching = run_start("physmem watch qmp:%s/q");
    run_end(second, 1, NULL, busy);
    run_end(stopped, 1, NULL, busy);
    run_end(watching, 1, NULL, busy);
    kill(machine->pid, SIGCONT);
    source_close(other);
    type_alone("info status", "paused (prelaunch)");
    machine_end(machine);
}

static void wrong_protocol(void)
{
    Run *machine = machine_start("qemu-system-x86_64 -M none -S");

    run_end(
        run_start("physmem flat qmp:%s/h"), 1, NULL,
        "physmem: qmp:*/h: expected *this is a human monitor, so write hmp: instead of qmp:\n");
    run_end(run_start("physmem flat hmp:%s/q"), 1, NULL,
            "physmem: hmp:*/q: expected *this is QMP, so write qmp: instead of hmp:\n");
    machine_end(machine);
}

/* ---- Watching --------------------------------------------------------------------------- */

/* Writes a register of the host bridge, as firmware does: RAM in the place of ROM. */
static void shadow_bios(void)
{
    type_alone("o/w 0xcf8 0x80000058", NULL);
    type_alone("o/b 0xcfd 0x33", NULL);
}

static void watch(void)
{
    Run *machine = machine_start("qemu-system-x86_64 -M pc -S");
    Run *qmp = run_start("physmem watch -i 0.01 qmp:%s/q");
    Run *space;

    run_await(qmp, NULL, "watching");
    shadow_bios();
    run_await(qmp, "taken: pc.bios @0000000000030000 (rom) -> pc.ram", NULL);
    kill(qmp->pid, SIGINT);
    run_end(qmp, 0,
            "20*-*-* *:*:*.*\n*memory*:\n"
            "  00000000000f0000-00000000000fffff taken: *because of pam-ram*\n\n",
            "*watching*");

    space = run_start("physmem watch -i 0.01 hmp:%s/h -s I/O");
    run_await(space, NULL, "watching");
    machine_end(machine);
    run_end(space, 1, NULL, "*watching*the machine *clos*");
}

static void watch_refused(void)
{
    Run *machine = machine_start("qemu-system-x86_64 -M none -S");

    run_end(run_start("physmem watch qmp:%s/q -s disk"), 1, NULL, "*not \"disk\"; there are: *");
    run_end(run_start("physmem watch qmp:%s/q -i 0"), 1, NULL, "*expected 0.01 to 3600 seconds*");
    run_end(run_start("physmem watch qmp:%s/q -i nan"), 1, NULL, "*expected 0.01 to 3600*");
    run_end(run_start("physmem watch map.txt"), 1, NULL,
            "*map.txt: expected a machine that runs, such as qmp:SOCKET, not a file\n");
    machine_end(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    runs_begin();
    g_test_add_data_func("/live/pc", &pc, check_board);
    g_test_add_data_func("/live/q35", &q35, check_board);
    g_test_add_data_func("/live/virt", &virt, check_board);
    g_test_add_func("/live/saved", saved);
    g_test_add_func("/live/device-tree", device_tree);
    g_test_add_func("/live/silent", silent);
    g_test_add_func("/live/wrong-protocol", wrong_protocol);
    g_test_add_func("/live/watch", watch);
    g_test_add_func("/live/watch-refused", watch_refused);
    int status = g_test_run();
    runs_end();
    return status;
}
