/* SPDX-License-Identifier: MIT
 *
 * Between the adapter and the kernel: every ioctl and mmap of a test program passes here (ioctl.c
 * defines these functions anew), is counted, and may be made to fail or to answer something else.
 */
#ifndef TESTS_KVM_IOCTL_H
#define TESTS_KVM_IOCTL_H

#include <stdbool.h>

/* As if nobody had called anything yet: counts at 0, no hook, nothing fails. Each test begins
 * so. */
void ioctl_reset(void);

/* How many ioctls of this kind there were, those that failed and those that were made to fail
 * included; of all kinds but KVM_RUN. */
unsigned ioctl_count(unsigned long request);
unsigned ioctl_count_all(void);

/* From now on the nth ioctl of this kind (1: the next), and as many in all, fails with this errno
 * without reaching the kernel. One rule for each kind; count 0 ends it. */
void ioctl_fail(unsigned long request, unsigned nth, unsigned count, int error);

/* The same for mmap of a descriptor, at any but the first page. */
void mmap_fail(unsigned nth, unsigned count, int error);

/* What KVM_CHECK_EXTENSION answers from now on for one capability; several may be set. */
void ioctl_pretend(unsigned long capability, int value);
bool ioctl_is_pretended(unsigned long capability);

/* Sees every ioctl but KVM_RUN before everything above. True: it is done, with *result and
 * errno. Any thread. */
typedef bool IoctlHook(int fd, unsigned long request, void *arg, int *result);
void ioctl_set_hook(IoctlHook *hook);

/* The call itself. */
int ioctl_forward(int fd, unsigned long request, void *arg);

#endif
