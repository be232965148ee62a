/* SPDX-License-Identifier: MIT
 *
 * Claims about discarding RAM (specification section 20.2). Some devices cannot work if RAM is
 * discarded; some managers need to discard it. Each of them makes a claim when it begins and gives
 * it back when it ends. This file counts the claims of a context and refuses those that contradict
 * others. It discards nothing, and ram_block_discard_range() does not ask it.
 */
#include <errno.h>

#include <physmem/discard.h>

#include "base/log.h"
#include "ram/room.h"

/* For each kind of claim: the set of kinds that it contradicts. */
static const unsigned rivals[RAM_VETO_KINDS] = {
    [RAM_VETO_DISABLED] = 1 << RAM_VETO_REQUIRED | 1 << RAM_VETO_COORDINATED_REQUIRED,
    [RAM_VETO_UNCOORDINATED_DISABLED] = 1 << RAM_VETO_REQUIRED,
    [RAM_VETO_REQUIRED] = 1 << RAM_VETO_DISABLED | 1 << RAM_VETO_UNCOORDINATED_DISABLED,
    [RAM_VETO_COORDINATED_REQUIRED] = 1 << RAM_VETO_DISABLED,
};

/* Under vetoes->lock. */
static bool any_taken(const RamVetoes *vetoes, unsigned kinds)
{
    for (unsigned kind = 0; kind < RAM_VETO_KINDS; kind++) {
        if (kinds & 1 << kind && vetoes->count[kind]) {
            return true;
        }
    }
    return false;
}

static int take(RamVetoes *vetoes, RamVetoKind kind)
{
    int result = -EBUSY;

    inner_lock(&vetoes->lock);
    if (!any_taken(vetoes, rivals[kind])) {
        vetoes->count[kind]++;
        result = 0;
    }
    inner_unlock(&vetoes->lock);
    return result;
}

static void give_back(MemoryContext *ctx, RamVetoKind kind, const char *call)
{
    RamVetoes *vetoes = &ctx->ram->vetoes;

    inner_lock(&vetoes->lock);
    bool taken = vetoes->count[kind] > 0;
    vetoes->count[kind] -= taken;
    inner_unlock(&vetoes->lock);
    if (!taken) {
        misuse(ctx, "%s(false): there is no %s(true) left that this call could give back", call,
               call);
    }
}

static int change(RamVetoKind kind, bool state, const char *call)
{
    MemoryContext *ctx = memory_context_current();

    if (state) {
        return take(&ctx->ram->vetoes, kind);
    }
    give_back(ctx, kind, call);
    return 0;
}

static bool is_taken(unsigned kinds)
{
    RamVetoes *vetoes = &memory_context_current()->ram->vetoes;

    inner_lock(&vetoes->lock);
    bool taken = any_taken(vetoes, kinds);
    inner_unlock(&vetoes->lock);
    return taken;
}

int ram_block_discard_disable(bool state)
{
    return change(RAM_VETO_DISABLED, state, __func__);
}

int ram_block_uncoordinated_discard_disable(bool state)
{
    return change(RAM_VETO_UNCOORDINATED_DISABLED, state, __func__);
}

int ram_block_discard_require(bool state)
{
    return change(RAM_VETO_REQUIRED, state, __func__);
}

int ram_block_coordinated_discard_require(bool state)
{
    return change(RAM_VETO_COORDINATED_REQUIRED, state, __func__);
}

bool ram_block_discard_is_disabled(void)
{
    return is_taken(1 << RAM_VETO_DISABLED | 1 << RAM_VETO_UNCOORDINATED_DISABLED);
}

bool ram_block_discard_is_required(void)
{
    return is_taken(1 << RAM_VETO_REQUIRED | 1 << RAM_VETO_COORDINATED_REQUIRED);
}
