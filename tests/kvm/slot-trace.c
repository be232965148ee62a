/* SPDX-License-Identifier: MIT
 *
 * The trace of slots; see slot-trace.h.
 */
#include "slot-trace.h"

#include <string.h>

enum { IDS = 0x1000, SPACES = 2 };

static GString *trace;
static struct kvm_userspace_memory_region last[SPACES][IDS]; /* what was asked for last */
static bool pretends_smm;

static void note(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void note(const char *format, ...)
{
    va_list args;

    g_string_append(trace, trace->len ? " " : "");
    va_start(args, format);
    g_string_append_vprintf(trace, format, args);
    va_end(args);
}

/* A slot that was refused may be asked for again. */
static bool is_change(const struct kvm_userspace_memory_region *slot,
                      const struct kvm_userspace_memory_region *before)
{
    return slot->guest_phys_addr == before->guest_phys_addr &&
           slot->memory_size == before->memory_size && slot->flags != before->flags;
}

static bool trace_slot(int fd, unsigned long request, void *arg, int *result)
{
    const struct kvm_userspace_memory_region *slot = arg;

    (void)fd;
    if (request != KVM_SET_USER_MEMORY_REGION) {
        return false;
    }
    unsigned space = slot->slot >> 16, id = slot->slot & 0xffff;
    g_assert_true(space < SPACES && id < IDS);
    struct kvm_userspace_memory_region *before = &last[space][id];
    note("%c%s%u",
         slot->memory_size == 0    ? '-'
         : is_change(slot, before) ? '~'
                                   : '+',
         space ? "smm" : "", id);
    *before = *slot;
    *result = 0;
    return space && pretends_smm;
}

void slot_trace_start(void)
{
    if (!trace) {
        trace = g_string_new(NULL);
    }
    g_string_truncate(trace, 0);
    memset(last, 0, sizeof(last));
    pretends_smm = false;
    ioctl_set_hook(trace_slot);
}

void slot_trace_stop(void *opaque)
{
    (void)opaque;
    note("stop");
}

void slot_trace_go(void *opaque)
{
    (void)opaque;
    note("go");
}

void slot_trace_pretend_smm(void)
{
    ioctl_pretend(KVM_CAP_MULTI_ADDRESS_SPACE, 2);
    pretends_smm = true;
}

char *slot_trace_text(void)
{
    char *text = g_strdup(trace->str);

    g_string_truncate(trace, 0);
    return text;
}
