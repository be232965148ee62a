/* SPDX-License-Identifier: MIT
 *
 * The heavy side of barrier.h, and finding out whether there is one.
 */
#include "base/barrier.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/context.h"

static bool membarrier(int command)
{
    return syscall(__NR_membarrier, command, 0, 0) == 0;
}

/* Before any thread writes guest memory, and before the constructors of programs. */
__attribute__((constructor(101))) static void announce(void)
{
    process.light_is_full = !membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

void barrier_heavy(void)
{
    __sync_synchronize();
    if (!process.light_is_full && !membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) {
        fatal("the kernel has taken back membarrier()");
    }
}
