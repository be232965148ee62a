/* SPDX-License-Identifier: MIT
 *
 * The heavy barrier of barrier.h. When the process begins, this file finds out whether the kernel
 * supports it.
 */
#include "base/barrier.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

static bool membarrier(int command)
{
    return syscall(__NR_membarrier, command, 0, 0) == 0;
}

/* Runs ahead of the program's constructors, and so before any thread writes guest memory. */
__attribute__((constructor(101))) static void announce(void)
{
    process.light_is_full = !membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

void barrier_heavy(void)
{
    __sync_synchronize();
    if (!process.light_is_full && !membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) {
        fatal("membarrier() fails although the kernel had accepted its registration");
    }
}
