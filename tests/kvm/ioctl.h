/* SPDX-License-Identifier: MIT
 *
 * Intercepts the calls between the adapter and the kernel. ioctl.c defines ioctl() and mmap()
 * anew, so every such call of a test program is counted here, and a test can make it fail or
 * change its answer.
 */
#ifndef TESTS_KVM_IOCTL_H
#define TESTS_KVM_IOCTL_H

#include <stdbool.h>

/* Sets all counts to 0, and removes the hook and all rules for failing. Each test begins with
 * it. */
void ioctl_reset(void);

/* ioctl_count() returns how many ioctls of this kind there were, including those that failed or
 * were made to fail. ioctl_count_all() counts all kinds but KVM_RUN. */
unsigned ioctl_count(unsigned long request);
unsigned ioctl_count_all(void);

/* Makes the nth ioctl of this kind from now on (1: the next one), and as many as 'count' in all,
 * fail with this errno without reaching the kernel. There is one rule for each kind; a count of 0
 * removes it. */
void ioctl_fail(unsigned long request, unsigned nth, unsigned count, int error);

/* The same for mmap() of a file descriptor, except of its first page. */
void mmap_fail(unsigned nth, unsigned count, int error);

/* Sets what KVM_CHECK_EXTENSION answers for a capability from now on. Several may be set. */
void ioctl_pretend(unsigned long capability, int value);
bool ioctl_is_pretended(unsigned long capability);

/* Called for every ioctl but KVM_RUN, before all rules. If it returns true, the call is done, with
 * *result and errno as its outcome. Any thread. */
typedef bool IoctlHook(int fd, unsigned long request, void *arg, int *result);
void ioctl_set_hook(IoctlHook *hook);

/* Calls the kernel. */
int ioctl_forward(int fd, unsigned long request, void *arg);

#endif
