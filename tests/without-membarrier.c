/* SPDX-License-Identifier: MIT
 *
 * Runs a test as on a host without membarrier(): a filter refuses the system call before the
 * library is loaded. Then the light barriers and the read sections make full ones (base/barrier.h,
 * base/rcu.h), and no access is inline.
 *
 *   without-membarrier TEST [ARGUMENT...]
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool refuse_membarrier(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };

    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: without-membarrier TEST [ARGUMENT...]\n", stderr);
        return 2;
    }
    if (!refuse_membarrier()) {
        puts("1..0 # SKIP this host has no filters of system calls");
        return 0;
    }
    execv(argv[1], argv + 1);
    perror(argv[1]);
    return 2;
}
