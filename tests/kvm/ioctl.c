/* SPDX-License-Identifier: MIT
 *
 * ioctl() and mmap() of the test programs; see ioctl.h. The linker prefers functions of the
 * executable to those of the C library, for the adapter, too.
 */
#define _GNU_SOURCE
#include "ioctl.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib.h>
#include <linux/kvm.h>

#include "guest.h"

typedef struct Rule {
    unsigned skip;  /* so many calls pass first */
    unsigned count; /* then so many fail */
    int error;
} Rule;

typedef struct Kind {
    unsigned long request;
    unsigned count;
    Rule rule;
} Kind;

enum { KINDS = 64, CAPABILITIES = 512 };

static GMutex lock; /* guards what follows */
static Kind kinds[KINDS];
static Rule mmap_rule;
static bool is_pretended[CAPABILITIES];
static int pretended[CAPABILITIES];
static IoctlHook *hook;

void ioctl_reset(void)
{
    g_mutex_lock(&lock);
    memset(kinds, 0, sizeof(kinds));
    memset(&mmap_rule, 0, sizeof(mmap_rule));
    memset(is_pretended, 0, sizeof(is_pretended));
    hook = NULL;
    g_mutex_unlock(&lock);
}

/* Returns the entry of a kind of ioctl and makes it if there is none. A request is never 0. */
static Kind *kind_of(unsigned long request)
{
    unsigned i = 0;

    while (kinds[i].request && kinds[i].request != request) {
        i++;
        g_assert_cmpuint(i, <, KINDS);
    }
    kinds[i].request = request;
    return &kinds[i];
}

unsigned ioctl_count(unsigned long request)
{
    g_mutex_lock(&lock);
    unsigned count = kind_of(request)->count;
    g_mutex_unlock(&lock);
    return count;
}

unsigned ioctl_count_all(void)
{
    unsigned sum = 0;

    g_mutex_lock(&lock);
    for (unsigned i = 0; i < KINDS; i++) {
        sum += kinds[i].count;
    }
    g_mutex_unlock(&lock);
    return sum;
}

/* ---- Other answers ---------------------------------------------------------------------- */

void ioctl_fail(unsigned long request, unsigned nth, unsigned count, int error)
{
    g_mutex_lock(&lock);
    kind_of(request)->rule = (Rule){ nth - 1, count, error };
    g_mutex_unlock(&lock);
}

void mmap_fail(unsigned nth, unsigned count, int error)
{
    g_mutex_lock(&lock);
    mmap_rule = (Rule){ nth - 1, count, error };
    g_mutex_unlock(&lock);
}

/* Returns the errno with which this call has to fail, or 0. */
static int rule_apply(Rule *rule)
{
    if (!rule->count) {
        return 0;
    }
    if (rule->skip) {
        rule->skip--;
        return 0;
    }
    rule->count--;
    return rule->error;
}

void ioctl_pretend(unsigned long capability, int value)
{
    g_mutex_lock(&lock);
    g_assert_cmpuint(capability, <, CAPABILITIES);
    is_pretended[capability] = true;
    pretended[capability] = value;
    g_mutex_unlock(&lock);
}

bool ioctl_is_pretended(unsigned long capability)
{
    g_mutex_lock(&lock);
    bool is = is_pretended[capability];
    g_mutex_unlock(&lock);
    return is;
}

void ioctl_set_hook(IoctlHook *new_hook)
{
    g_mutex_lock(&lock);
    hook = new_hook;
    g_mutex_unlock(&lock);
}

/* ---- The calls -------------------------------------------------------------------------- */

int ioctl_forward(int fd, unsigned long request, void *arg)
{
    return (int)syscall(SYS_ioctl, fd, request, arg);
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static int answer(int fd, unsigned long request, void *arg)
{
    unsigned long capability = (unsigned long)(uintptr_t)arg;

    g_mutex_lock(&lock);
    bool known = request == KVM_CHECK_EXTENSION && capability < CAPABILITIES &&
                 is_pretended[capability];
    int value = known ? pretended[capability] : 0;
    g_mutex_unlock(&lock);
    return known ? value : ioctl_forward(fd, request, arg);
}

static int rule_of(unsigned long request)
{
    g_mutex_lock(&lock);
    int error = rule_apply(&kind_of(request)->rule);
    g_mutex_unlock(&lock);
    return error;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    int result = 0;
    int error;

    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    if (request == KVM_RUN) {
        error = rule_of(request);
        return error ? fail(error) : guest_run(fd);
    }
    g_mutex_lock(&lock);
    kind_of(request)->count++;
    IoctlHook *asked = hook;
    g_mutex_unlock(&lock);
    if (asked && asked(fd, request, arg, &result)) {
        return result;
    }
    error = rule_of(request);
    return error ? fail(error) : answer(fd, request, arg);
}

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
    int error = 0;

    if (fd >= 0 && offset) {
        g_mutex_lock(&lock);
        error = rule_apply(&mmap_rule);
        g_mutex_unlock(&lock);
    }
    if (error) {
        errno = error;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, addr, length, prot, flags, fd, offset);
}
