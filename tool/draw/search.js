/* SPDX-License-Identifier: MIT
 *
 * The search for names and addresses. */

/* Returns the number that a text is, in one of the forms that physmem takes; null if it is none. */
function addressOf(text) {
    const unit = /^(\d+)([KMGT])(i?B)?$/i.exec(text);
    const digits = /^(0x)?([0-9a-f]{1,16})$/i.exec(text);

    if (unit) {
        return BigInt(unit[1]) << BigInt(10 * ('KMGT'.indexOf(unit[2].toUpperCase()) + 1));
    }
    return digits ? hex(digits[2]) : null;
}

function matchesOf(text) {
    const wanted = text.toLowerCase();
    const has = (box) => [box.name, box.target, box.shown]
        .some((name) => name.toLowerCase().includes(wanted));
    const boxes = shownSpaces().flatMap((space) => (space ? space.boxes : [])).filter(has);

    boxes.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.level - b.level));
    return [...new Set(boxes.map((box) => box.path))];
}

function showMatch() {
    const path = state.matches[state.match];
    const box = shownSpaces().map((space) => boxAt(space, path)).find(Boolean);

    byId('found').textContent = `${state.match + 1} of ${state.matches.length}`;
    showWhole();
    pick({ address: box.start, path });
}

/* Views without a tree have ranges only. */
function rangeNamed(text) {
    const wanted = text.toLowerCase();
    const ranges = shownSpaces().flatMap((space) => (space ? space.ranges : []));

    return ranges.find((range) => range.name && range.name.toLowerCase().includes(wanted));
}

function showAddress(address, words) {
    byId('found').textContent = words;
    showWhole();
    pick({ address, path: null });
}

function onSearch() {
    const text = byId('search').value.trim();
    const isNumber = /^(0x|\d)/i.test(text);
    const address = addressOf(text);

    state.matches = text && !(isNumber && address !== null) ? matchesOf(text) : [];
    state.match = state.matches.length ? 0 : -1;
    const range = text && !state.matches.length && address === null ? rangeNamed(text) : null;
    if (state.matches.length) {
        showMatch();
    } else if (range) {
        showAddress(range.start, '');
    } else if (text && address !== null && address < 1n << 64n) {
        showAddress(address, hexText(address));
    } else {
        byId('found').textContent = text ? 'not found' : '';
        mark();
    }
}

function stepMatch(step) {
    const count = state.matches.length;

    if (count) {
        state.match = (state.match + step + count) % count;
        showMatch();
    }
}

function onSearchKey(event) {
    if (event.key === 'Enter') {
        event.preventDefault();
        stepMatch(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
        byId('search').value = '';
        byId('search').blur();
        onSearch();
    }
}
