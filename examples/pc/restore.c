/* SPDX-License-Identifier: MIT
 *
 * Saves the paused PC to a file and lets it go on in another process, which runs this program
 * again. There the guest still has its variables and its RAM, and its disk works. Its dirty pages
 * come from rings there, which must be chosen before a virtual machine has vCPUs. After that the
 * saved PC goes on in this process, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"
#include "snapshot.h"

#define KEPT "set kept=since-before; write_dword 0x3000000 0xfeedface"

static void restore_in_this_process(Demo *demo, const char *path)
{
    execl("/proc/self/exe", demo->program, "--quiet", "--restore", path, "--bios",
          demo->options.bios, demo->options.disk, (char *)NULL);
    printf("FAIL  starting %s: %s\n", demo->program, strerror(errno));
    fflush(stdout);
    _exit(EXIT_FAILURE);
}

static void restore_in_another_process(Demo *demo, const char *path)
{
    int status = -1;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        restore_in_this_process(demo, path);
    }
    if (child > 0) {
        waitpid(child, &status, 0);
    }
    demo_check(demo, WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS,
               "all of this was right in the other process");
}

/* Makes a file and removes its name, so that the file is gone when both processes have ended,
 * however they end. Both use its descriptor. Returns -1 if it cannot be made. */
static int make_file(void)
{
    char path[] = "/tmp/physmem-pc-XXXXXX";
    int fd = mkstemp(path);

    if (fd >= 0) {
        unlink(path);
    }
    return fd;
}

static void save_and_restore(Demo *demo, const char *path)
{
    Error *error = NULL;
    bool saved;

    demo_ask(demo, KEPT);
    pc_pause(demo->pc);
    saved = snapshot_save(demo->pc, path, &error);
    if (demo_check_call(demo, saved, error, "the paused PC is saved")) {
        printf("\n");
        restore_in_another_process(demo, path);
    }
    demo_check(demo, pc_resume(demo->pc, NULL), "meanwhile it was paused; now it goes on, too");
}

void demo_save_and_restore(Demo *demo)
{
    static const Step goes_on[] = {
        { "it still answers", "echo $kept", { "since-before" }, NULL },
    };
    int fd = make_file();
    char path[40];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    demo_heading("The PC is saved, and goes on in another process");
    if (demo_check(demo, fd >= 0, "there is a file to save it in")) {
        save_and_restore(demo, path);
        close(fd);
    }
    demo_play(demo, goes_on, 1);
}

void demo_after_restore(Demo *demo)
{
    static const Step steps[] = {
        { "(other process) the guest has its variables", "echo $kept", { "since-before" }, NULL },
        { "(other process) and its RAM", "read_dword 0x3000000", { "0xfeedface" }, NULL },
        { "(other process) it sees its disk where it was",
          "setpci -s 0:4.0 0.l",
          { "is 10421af4" },
          NULL },
        { "(other process) and reads on it",
          "cmp /copy /pattern",
          { "The files are identical." },
          NULL },
    };

    demo_play(demo, steps, sizeof(steps) / sizeof(steps[0]));
}
