/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the bitmaps that KVM keeps of its slots. Called by the library, with the
 * context's lock held, and by dirty.c.
 *
 * With manual clearing (KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2), KVM_GET_DIRTY_LOG only reads. The pages
 * that it has reported are kept in 'unclear' of their slot, until log_clear gives them to
 * KVM_CLEAR_DIRTY_LOG. No other page may be cleared: KVM may have found it dirty, and it would be
 * lost. Without manual clearing, reading a bitmap also clears it.
 *
 * KVM_DIRTY_LOG_INITIALLY_SET is not used. It makes it cheaper to switch logging on, because pages
 * are protected only when they are cleared for the first time. But then KVM's first report has all
 * pages as dirty, even if nobody has written to them since logging was switched on.
 */
#include "dirty-bitmap.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "host.h"
#include "mark.h"
#include "memory.h"

enum { WORD = 64 };

/* ---- Bitmaps ---------------------------------------------------------------------------- */

static uint64_t words_of(uint64_t pages)
{
    return (pages + WORD - 1) / WORD;
}

/* Returns the first page in [page, end) that is dirty, or 'end'. If little is dirty, the loop over
 * empty words is most of the cost of a harvest, so it looks at eight of them at once. */
static uint64_t next_page(const uint64_t *bitmap, uint64_t page, uint64_t end)
{
    const uint64_t words = words_of(end);
    uint64_t word = page / WORD;

    if (page >= end) {
        return end;
    }
    uint64_t dirty = le64toh(bitmap[word]) & ~UINT64_C(0) << page % WORD;
    while (dirty == 0 && ++word < words) {
        const uint64_t *w = &bitmap[word];
        while (words - word > 8 && !(w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7])) {
            word += 8;
            w += 8;
        }
        dirty = le64toh(*w);
    }
    page = dirty != 0 ? word * WORD + (unsigned)__builtin_ctzll(dirty) : end;
    return page < end ? page : end;
}

/* ---- Fetching --------------------------------------------------------------------------- */

static void report(KvmSpace *space, KvmSlot *slot, const char *call, int error,
                   const char *consequence)
{
    const char *name = slot->info.mr ? memory_region_name(slot->info.mr) : "(gone)";

    if (!slot->dirty_said) {
        slot->dirty_said = true;
        kvm_host_report(space->km, MEMORY_LOG_ERROR,
                        "%s of slot %u, region '%s' at 0x%" PRIx64 ", size 0x%" PRIx64 ": %s; %s",
                        call, slot->info.id, name ? name : "(noname)", slot->info.guest_addr,
                        slot->info.size, strerror(error), consequence);
    }
}

/* Reads KVM's bitmap into 'unclear', which the first call allocates. Returns 0 or an errno. */
static int get_log(KvmSpace *space, KvmSlot *slot)
{
    const uint64_t words = words_of(kvm_mark_page_count(space, slot));
    struct kvm_dirty_log log = { .slot = kvm_slot_number(&slot->info) };

    if (!slot->unclear) {
        slot->unclear = calloc(words, sizeof(*slot->unclear));
    }
    if (!slot->unclear) {
        return ENOMEM;
    }
    log.dirty_bitmap = slot->unclear;
    if (ioctl(space->km->vm_fd, KVM_GET_DIRTY_LOG, &log) < 0) {
        int error = errno;
        memset(slot->unclear, 0, words * sizeof(*slot->unclear));
        return error;
    }
    return 0;
}

static void fetch(KvmSpace *space, KvmSlot *slot)
{
    int error = get_log(space, slot);

    if (error != 0) {
        report(space, slot, "KVM_GET_DIRTY_LOG", error, "all of it counts as dirty");
        kvm_mark_all(space, slot);
        return;
    }
    kvm_mark_bitmap(space, slot, slot->unclear);
}

/* ---- Clearing --------------------------------------------------------------------------- */

static bool enable_manual(KVMMemory *km)
{
    struct kvm_enable_cap cap = { .cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
                                  .args = { KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE } };

    if (ioctl(km->vm_fd, KVM_ENABLE_CAP, &cap) < 0) {
        kvm_host_report(km, MEMORY_LOG_WARNING,
                        "KVM refuses KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: %s; reading a "
                        "dirty bitmap protects all of its pages again",
                        strerror(errno));
        return false;
    }
    return true;
}

/* Whether pages are cleared by KVM_CLEAR_DIRTY_LOG. The first call switches that on if the host
 * has it. By then bitmaps may have been read without it, and slots may be logged. */
static bool clears_manually(KVMMemory *km)
{
    if (!km->bitmaps.chosen) {
        int host = kvm_host_feature(km, KVM_FEATURE_MANUAL_DIRTY_LOG);

        km->bitmaps.chosen = true;
        km->bitmaps.manual = (host & KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE) && enable_manual(km);
    }
    return km->bitmaps.manual;
}

/* Clears the pages of the words [first, last] of 'unclear'. KVM takes whole words, or words up to
 * the slot's end. If the ioctl fails, KVM reports the pages again. */
static void clear_words(KvmSpace *space, KvmSlot *slot, uint64_t first, uint64_t last)
{
    const uint64_t pages = kvm_mark_page_count(space, slot) - first * WORD;
    uint64_t count = (last - first + 1) * WORD;
    struct kvm_clear_dirty_log log = {
        .slot = kvm_slot_number(&slot->info),
        .first_page = first * WORD,
        .num_pages = (uint32_t)(count < pages ? count : pages),
        .dirty_bitmap = &slot->unclear[first],
    };

    if (ioctl(space->km->vm_fd, KVM_CLEAR_DIRTY_LOG, &log) < 0) {
        report(space, slot, "KVM_CLEAR_DIRTY_LOG", errno, "its pages stay dirty");
    }
    memset(&slot->unclear[first], 0, (last - first + 1) * sizeof(*slot->unclear));
}

/* Removes bits from a word, and returns those that were set. */
static uint64_t hide(uint64_t *word, uint64_t bits)
{
    uint64_t hidden = *word & htole64(bits);

    *word ^= hidden;
    return hidden;
}

/* Clears those pages in [first, end) of a slot that KVM has reported. Other pages that share a word
 * with them are hidden meanwhile. */
static void clear(KvmSpace *space, KvmSlot *slot, uint64_t first, uint64_t end)
{
    first = next_page(slot->unclear, first, end);
    if (first == end) {
        return;
    }
    uint64_t *head = &slot->unclear[first / WORD];
    uint64_t *tail = &slot->unclear[(end - 1) / WORD];
    uint64_t before = hide(head, ~(~UINT64_C(0) << first % WORD));
    uint64_t after = end % WORD != 0 ? hide(tail, ~UINT64_C(0) << end % WORD) : 0;
    uint64_t last = (end - 1) / WORD;

    while (slot->unclear[last] == 0) {
        last--;
    }
    clear_words(space, slot, first / WORD, last);
    *head |= before;
    *tail |= after;
}

/* ---- Listening -------------------------------------------------------------------------- */

/* Clears the part of a slot that lies in the addresses [start, last] of the space. */
static void clear_slot(KvmSpace *space, KvmSlot *slot, hwaddr start, hwaddr last)
{
    const uint64_t page_size = space->km->host.page_size;
    const hwaddr base = slot->info.guest_addr;
    hwaddr slot_last = kvm_slot_last(slot);

    start = start > base ? start - base : 0;
    last = (last < slot_last ? last : slot_last) - base;
    if (slot->unclear) {
        clear(space, slot, start / page_size, last / page_size + 1);
    }
}

static void for_each_slot(KvmSpace *space, const MemoryRegionSection *section,
                          void (*func)(KvmSpace *space, KvmSlot *slot, hwaddr start, hwaddr last))
{
    const KvmSlots *slots = &space->slots;
    hwaddr start = section->offset_within_address_space;
    hwaddr last = memory_region_section_get_last(section);

    for (unsigned i = kvm_slots_find(slots, start);
         i < slots->count && slots->sorted[i]->info.guest_addr <= last; i++) {
        func(space, slots->sorted[i], start, last);
    }
}

static void fetch_or_mark_all(KvmSpace *space, KvmSlot *slot)
{
    if (kvm_mark_unless_logged(space, slot)) {
        fetch(space, slot);
    }
}

/* Fetches all of the slot, because reading a bitmap may clear all of it. */
static void fetch_slot(KvmSpace *space, KvmSlot *slot, hwaddr start, hwaddr last)
{
    (void)start, (void)last;
    fetch_or_mark_all(space, slot);
}

/* KVM may have refused to remove slots of the region. The guest can still write there, although
 * the space does not show the region, so these slots are fetched, too. The library clears only
 * what a space shows, so KVM reports these pages again each time, until the slot is gone. */
static void fetch_leaving(KvmSpace *space, const MemoryRegion *mr)
{
    KvmSlot *slot;

    TAILQ_FOREACH(slot, &space->leaving, link) {
        if (slot->info.mr == mr) {
            fetch_or_mark_all(space, slot);
        }
    }
}

static void sync_section(MemoryListener *listener, MemoryRegionSection *section)
{
    KvmSpace *space = kvm_space_of(listener);
    MemoryContext *before = memory_context_set_current(space->km->context);

    clears_manually(space->km);
    for_each_slot(space, section, fetch_slot);
    fetch_leaving(space, section->mr);
    memory_context_set_current(before);
}

static void clear_section(MemoryListener *listener, MemoryRegionSection *section)
{
    KvmSpace *space = kvm_space_of(listener);

    if (space->km->bitmaps.manual) {
        for_each_slot(space, section, clear_slot);
    }
}

void kvm_dirty_bitmap_listen(KvmSpace *space)
{
    space->listener.log_sync = sync_section;
    space->listener.log_clear = clear_section;
}

void kvm_dirty_bitmap_take(KvmSpace *space, KvmSlot *slot)
{
    fetch(space, slot);
}

void kvm_dirty_bitmap_settle(KvmSpace *space, KvmSlot *slot)
{
    fetch(space, slot);
    if (clears_manually(space->km) && slot->unclear) {
        clear(space, slot, 0, kvm_mark_page_count(space, slot));
    }
}
