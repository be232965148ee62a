/* SPDX-License-Identifier: MIT
 *
 * Records which slots the adapter makes, changes and removes, and when it stops vCPUs: "+2" makes
 * slot 2, "~2" changes it, "-2" removes it, "stop ... go" stops and resumes. Slots of the second
 * KVM address space are "smm2".
 */
#ifndef TESTS_KVM_SLOT_TRACE_H
#define TESTS_KVM_SLOT_TRACE_H

#include "guest.h"

/* Begins with an empty trace, for one test. */
void slot_trace_start(void);

/* Options with these hooks record stopping, too. */
void slot_trace_stop(void *opaque);
void slot_trace_go(void *opaque);

/* Makes KVM accept every slot of the second address space, which need not exist. */
void slot_trace_pretend_smm(void);

/* Takes the trace and returns it; the caller frees it. */
char *slot_trace_text(void);
#define assert_slot_trace(want)                                                                   \
    do {                                                                                          \
        g_autofree char *trace_now = slot_trace_text();                                           \
        g_assert_cmpstr(trace_now, ==, want);                                                     \
    } while (0)

#endif
