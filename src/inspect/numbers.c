/* SPDX-License-Identifier: MIT
 *
 * Numbers for regions or spaces (numbers.h).
 */
#include "inspect/numbers.h"

#include <stdlib.h>

#include "base/alloc.h"

void inspect_numbers_add(Numbers *numbers, const void *address)
{
    if (address_table_find(&numbers->table, address)) {
        return;
    }
    Numbered *n = alloc_new(Numbered);

    n->number = numbers->table.count;
    address_table_add(&numbers->table, &n->entry, address);
    if (numbers->last) {
        numbers->last->next = n;
    } else {
        numbers->first = n;
    }
    numbers->last = n;
}

const Numbered *inspect_numbers_find(const Numbers *numbers, const void *address)
{
    return (Numbered *)address_table_find(&numbers->table, address);
}

void inspect_numbers_clear(Numbers *numbers)
{
    for (Numbered *n = numbers->first, *next; n; n = next) {
        next = n->next;
        free(n);
    }
    address_table_clear(&numbers->table);
    *numbers = (Numbers){ 0 };
}
