/* SPDX-License-Identifier: MIT
 *
 * The messages of refuse.h.
 */
#include "access/refuse.h"

#include "access/accept.h"
#include "access/observe.h"
#include "base/log.h"
#include "base/probes.h"
#include "topology/topology.h"

static const char *verb(bool is_write)
{
    return is_write ? "write" : "read";
}

void access_refuse(const Request *r, const char *why)
{
    MemoryContext *ctx = r->mr->parent_obj.context;
    access_observe_refused(r);
    if (ctx && log_guest_wanted(ctx)) {
        log_say(ctx, MEMORY_LOG_GUEST, "%s of %u bytes at 0x%" PRIx64 " of region '%s': %s",
                verb(r->is_write), r->size, r->offset, region_label(r->mr),
                why ? why : access_refusal(r));
    }
}

static void probe_hole(const Access *a, const Target *t, hwaddr addr, hwaddr len, bool is_write)
{
    if (t->fault) {
        PROBE(iommu_fault, t->faulted_by->name, t->offset, is_write,
              (unsigned)a->attrs.requester_id, t->fault);
    } else {
        PROBE(hole, a->fv->context->name, addr, len, is_write);
    }
}

void access_log_hole(const Access *a, const Target *t, hwaddr addr, hwaddr len, bool is_write)
{
    MemoryContext *ctx = a->fv->context;
    if (topology_shows_nowhere(a->fv)) {
        misuse(ctx,
               "%s of %" PRIu64 " bytes at address 0x%" PRIx64 " of an address space "
               "whose address_space_init() was refused",
               verb(is_write), len, addr);
        return;
    }
    probe_hole(a, t, addr, len, is_write);
    if (!log_guest_wanted(ctx)) {
        return;
    }
    if (t->fault) {
        log_say(ctx, MEMORY_LOG_GUEST,
                "%s of %" PRIu64 " bytes at address 0x%" PRIx64 ": IOMMU '%s' %s", verb(is_write),
                len, addr, region_label(t->faulted_by), t->fault);
    } else {
        log_say(ctx, MEMORY_LOG_GUEST,
                "%s of %" PRIu64 " bytes at address 0x%" PRIx64 ": nothing is there",
                verb(is_write), len, addr);
    }
}
