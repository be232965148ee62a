/* SPDX-License-Identifier: MIT
 *
 * The calls with which a program enters and leaves a read section. The library itself uses
 * READ_SECTION (rcu.h). These calls also count the section in thread_state: an access must be able
 * to tell it from sections of other accesses (access/lookaside.h), and an edit is refused in it.
 */
#include <physmem/context.h>

#include "base/rcu.h"
#include "base/thread.h"

void memory_read_lock(void)
{
    read_enter();
    thread_state.idle_depth++;
    thread_state.sections++;
}

void memory_read_unlock(void)
{
    thread_state.idle_depth--;
    thread_state.sections--;
    read_leave();
}
