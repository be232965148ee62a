/* SPDX-License-Identifier: MIT
 *
 * Where everything stands. The rules are those of draw-layout.c and draw-heights.c; here boxes can be
 * folded, a part of the space can be shown alone, and two maps can share one axis. */

const CHAR = 7.3; /* the width of a character of a name */
const LINE = 16;
const AROUND = 6; /* above and below a label */
const STRIPE = 10;
const PADDING = 8;
const ARROW = 16; /* of what can be folded */
const LEAST_TREE = 60;
const PAGE_BITS = 12;

/* ---- Labels ----------------------------------------------------------------------------- */

const WIDE =
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{3fffd}]/u;

const columnsOf = (text) =>
    [...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);

/* Returns how many of the characters fit into a line; at least one. */
function fitting(characters, columns) {
    let end = characters.length;

    while (end > 1 && columnsOf(characters.slice(0, end).join('')) > columns) {
        end--;
    }
    return end;
}

/* Returns the place behind the last of these marks, unless that leaves less than a third; then 0. */
function breakBehind(marks, characters, end) {
    for (let at = end; at > end / 3; at--) {
        if (marks.includes(characters[at - 1])) {
            return at;
        }
    }
    return 0;
}

const goodBreak = (characters, end) => (characters[end] === ' ' ? end
    : breakBehind(' ', characters, end) || breakBehind('-_./:,@[](){}', characters, end) || end);

/* As draw_text_wrap(). */
function wrap(text, columns) {
    const lines = [];
    let rest = [...text];

    while (columnsOf(rest.join('')) > columns) {
        const end = goodBreak(rest, fitting(rest, columns));
        lines.push(rest.slice(0, end).join('').trimEnd());
        rest = rest.slice(rest[end] === ' ' ? end + 1 : end);
    }
    return [...lines, rest.join('')];
}

/* Returns { lines, note, width, height }. The note stands behind the last line or below it. */
function labelOf(name, note, columns) {
    const lines = wrap(name, columns);
    const last = columnsOf(lines[lines.length - 1]);
    const extra = note ? 1 + columnsOf(note) : 0;
    const apart = extra > 0 && last + extra > Math.max(columns, extra);

    if (apart) {
        lines.push('');
    }
    const widest = Math.max(...lines.map(columnsOf), (apart ? 0 : last) + extra);
    return { lines, note, width: Math.ceil(widest * CHAR), height: lines.length * LINE + AROUND };
}

const rangeColumns = () => (window.innerWidth < 700 ? 16 : 40);

function labelBox(box, columns) {
    const name = box.target ? `${box.name} → ${box.target}` : box.name;

    box.label = labelOf(name, box.priority && box.parent ? `prio ${box.priority}` : '', columns);
    box.own = STRIPE + PADDING + box.label.width + (box.children.length ? ARROW : 0);
}

/* ---- The axis --------------------------------------------------------------------------- */

function clip(thing, frame) {
    return {
        start: thing.start > frame.start ? thing.start : frame.start,
        end: thing.end < frame.end ? thing.end : frame.end,
    };
}

function frameOf(spaces) {
    const last = (space) => (space && space.rows.length ? space.rows[space.rows.length - 1].end : 0n);
    const ends = spaces.map(last);

    return state.frame || { start: 0n, end: ends.reduce((a, b) => (a > b ? a : b), 0n) };
}

/* Cuts the frame into cells in which no map changes. */
function cellsOf(spaces, frame) {
    const bounds = new Set();
    const next = spaces.map(() => 0);

    spaces.forEach((space) => space && space.rows.forEach((row) => {
        const part = clip(row, frame);
        if (part.start < part.end) {
            bounds.add(part.start).add(part.end);
        }
    }));
    const sorted = [...bounds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return sorted.slice(1).map((end, i) => {
        const start = sorted[i];
        const rows = spaces.map((space, m) => {
            const all = space ? space.rows : [];
            while (next[m] < all.length && all[next[m]].end <= start) {
                next[m]++;
            }
            return all[next[m]] && all[next[m]].start <= start ? all[next[m]] : null;
        });
        return { start, end, rows, changed: isPair && differ(rows[0], rows[1], start) };
    });
}

/* ---- The view --------------------------------------------------------------------------- */

/* What one map answers in the cells: entries of one range or, where a box is folded, of all ranges
 * and holes inside it. The folded root hides the tree only. */
function entriesOf(cells, m) {
    const entries = [];

    cells.forEach((cell, i) => {
        const row = cell.rows[m];
        if (!row) {
            return;
        }
        const fold = row.winner && foldBelowRoot(row.winner);
        const last = entries[entries.length - 1];
        if (last && (fold ? last.fold === fold : last.range === row.range && !last.fold)) {
            last.after = i + 1;
            last.ranges.add(row.range);
        } else {
            entries.push({ first: i, after: i + 1, range: row.range, fold,
                           ranges: new Set([row.range]) });
        }
    });
    return joinFolds(entries);
}

/* Takes a hole between two entries of one folded box into them. */
function joinFolds(entries) {
    const joined = [];

    for (const entry of entries) {
        const hole = joined[joined.length - 1];
        const before = joined[joined.length - 2];
        if (entry.fold && before && before.fold === entry.fold && !hole.range.name) {
            joined.pop();
            before.after = entry.after;
            entry.ranges.forEach((range) => before.ranges.add(range));
        } else {
            joined.push(entry);
        }
    }
    return joined;
}

function labelEntry(entry, cells) {
    const { range, fold } = entry;
    const start = cells[entry.first].start;
    const count = entry.ranges.size;

    entry.start = start;
    entry.end = cells[entry.after - 1].end;
    entry.changed = cells.slice(entry.first, entry.after).some((cell) => cell.changed);
    entry.kind = fold && count > 1 ? 'container' : range.name ? kindClass(range.kind) : 'hole';
    const offset = range.name ? range.offset + start - range.start : 0n;
    const note = fold && count > 1 ? `${count} ranges` : offset ? `@${offset.toString(16)}` : '';
    const name = fold && count > 1 ? fold.name : range.name || 'nothing answers';
    entry.label = labelOf(name, note, rangeColumns());
}

/* ---- Heights ---------------------------------------------------------------------------- */

function baseHeight(size, isHole) {
    const bits = size.toString(2).length - 1;
    const height = 4 + bits + Math.max(bits - PAGE_BITS, 0) * 2 / 3;

    return Math.round((isHole ? Math.min(height, 32) : height) * state.zoom);
}

/* Joins the cells between the bounds that something needs. */
function slotsOf(cells, things) {
    const bounds = new Set([0]);
    const slots = [];

    things.forEach((thing) => bounds.add(thing.first).add(thing.after));
    cells.forEach((cell, i) => {
        if (bounds.has(i)) {
            slots.push({ start: cell.start, end: cell.end, isHole: true });
        }
        const slot = slots[slots.length - 1];
        slot.end = cell.end;
        slot.isHole = slot.isHole && cell.rows.every((row) => !row || !row.range.name);
        cell.slot = slots.length - 1;
    });
    return slots;
}

function makeRoom(slots, first, after, height) {
    let missing = height;

    for (let i = first; i < after; i++) {
        missing -= slots[i].height;
    }
    for (let i = first; i < after && missing > 0; i++) {
        const share = Math.ceil(missing / (after - i));
        slots[i].height += share;
        missing -= share;
    }
}

/* Gives each slot y and height, and each thing its top and bottom. */
function findHeights(cells, things) {
    const slots = cells.length ? slotsOf(cells, things) : [];
    const slotOf = (cell) => (cell < cells.length ? cells[cell].slot : slots.length);
    let y = 0;

    slots.forEach((slot) => { slot.height = baseHeight(slot.end - slot.start, slot.isHole); });
    things.forEach((thing) => makeRoom(slots, slotOf(thing.first), slotOf(thing.after),
                                       thing.label.height));
    slots.forEach((slot) => {
        slot.y = y;
        y += slot.height;
    });
    const topOf = (cell) => (slotOf(cell) < slots.length ? slots[slotOf(cell)].y : y);
    cells.forEach((cell, i) => { cell.y = topOf(i); });
    things.forEach((thing) => {
        thing.y = topOf(thing.first);
        thing.height = topOf(thing.after) - thing.y;
    });
    return { slots, height: y };
}

/* ---- Lanes ------------------------------------------------------------------------------ */

/* Returns the children that are drawn, those that rank highest first. */
const drawn = (box) => (state.folded.has(box.path) ? [] : box.children.filter((one) => one.inFrame));

/* Calls next(box, seen) for each box. It returns a value for the cells of the box; seen has the
 * values that these cells have so far. */
function sweep(boxes, next) {
    const values = new Map();

    for (const box of boxes) {
        const seen = [];
        for (let cell = box.first; cell < box.after; cell++) {
            if (values.has(cell)) {
                seen.push(values.get(cell));
            }
        }
        const value = next(box, seen);
        for (let cell = box.first; cell < box.after; cell++) {
            values.set(cell, value);
        }
    }
}

/* From the box that ranks lowest on: each stands in front of all that it meets. */
function findLanes(boxes) {
    sweep([...boxes].reverse(), (box, lanes) => {
        box.lane = lanes.reduce((a, b) => Math.max(a, b), -1) + 1;
        return box.lane;
    });
}

/* From the box that ranks highest on: the lane of the nearest box in front of each. */
function findFronts(boxes, lanes) {
    sweep(boxes, (box, fronts) => {
        box.front = fronts.reduce((a, b) => Math.min(a, b), lanes);
        return box.lane;
    });
}

function laneEdges(box, children) {
    const edges = [box.own];

    for (const child of children) {
        edges[child.lane + 1] = Math.max(edges[child.lane + 1] || 0, child.natural);
    }
    for (let i = 1; i < edges.length; i++) {
        edges[i] += edges[i - 1];
    }
    return edges;
}

/* 'widths' has the width of each path so far, so that a box is as wide in both maps. */
function measure(box, widths) {
    const children = drawn(box);

    children.forEach((child) => measure(child, widths));
    findLanes(children);
    const edges = laneEdges(box, children);
    const natural = edges[edges.length - 1] + (children.length ? PADDING / 2 : 0);
    box.natural = Math.max(natural, widths.get(box.path) || 0);
    widths.set(box.path, box.natural);
}

/* Measures both maps until neither changes the other: a width goes up by one level each time. */
function measureAll(roots) {
    const widths = new Map();

    for (let i = 0; i < (isPair ? 4 : 1); i++) {
        roots.forEach((root) => measure(root, widths));
    }
}

function placeInside(box) {
    const children = drawn(box);
    const edges = laneEdges(box, children);
    const lanes = edges.length - 1;

    edges[lanes] = box.width - (children.length ? PADDING / 2 : 0);
    findFronts(children, lanes);
    for (const child of children) {
        child.x = box.x + edges[child.lane];
        child.width = edges[child.front] - edges[child.lane];
        placeInside(child);
    }
}

/* ---- All of it -------------------------------------------------------------------------- */

/* Returns the boxes that are drawn, containers first, with their cells. */
function shownBoxes(space, cells, frame, columns) {
    const index = new Map(cells.map((cell, i) => [cell.start, i]));
    const boxes = [];
    const visit = (box) => {
        const part = clip(box, frame);
        box.inFrame = part.start < part.end;
        if (box.inFrame) {
            box.first = index.get(part.start);
            box.after = index.has(part.end) ? index.get(part.end) : cells.length;
            labelBox(box, columns);
            boxes.push(box);
            box.children.forEach((child) => { child.inFrame = false; });
            (state.folded.has(box.path) ? [] : box.children).forEach(visit);
        }
    };

    if (space && space.root) {
        visit(space.root);
    }
    return boxes;
}

function layOutMap(space, cells, frame, m, columns) {
    const entries = entriesOf(cells, m);

    entries.forEach((entry) => labelEntry(entry, cells));
    return { space, entries, boxes: shownBoxes(space, cells, frame, columns) };
}

const rootsOf = (layers) => layers.map((layer) => layer.boxes[0]).filter(Boolean);

/* Returns the layout with labels of that many columns:
 * { cells, layers, height, treeWidth, rangeWidth, addressWidth }. */
function layOutWith(columns) {
    const spaces = shownSpaces();
    const frame = frameOf(spaces);
    const cells = cellsOf(spaces, frame);
    const layers = spaces.map((space, m) => layOutMap(space, cells, frame, m, columns));
    const entries = layers.flatMap((layer) => layer.entries);
    const { height } = findHeights(cells, [...layers.flatMap((layer) => layer.boxes), ...entries]);

    const roots = rootsOf(layers);
    measureAll(roots);
    const width = Math.max(0, ...roots.map((root) => Math.max(LEAST_TREE, root.natural)));
    roots.forEach((root) => {
        Object.assign(root, { x: 0, width });
        placeInside(root);
    });
    const digits = Math.max(4, ...entries.map((entry) => entry.start.toString(16).length));
    return {
        cells, layers, height, treeWidth: width,
        rangeWidth: STRIPE + PADDING + Math.max(120, ...entries.map((one) => one.label.width)),
        addressWidth: Math.ceil(digits * CHAR),
    };
}

/* Breaks labels into more lines if the picture then has room in the window. */
function layOut(room) {
    const choices = [28, 22, 17];
    const fits = (one) => one.treeWidth + one.addressWidth + one.rangeWidth + 104 <= room;

    for (const columns of choices) {
        const layout = layOutWith(columns);
        if (fits(layout)) {
            return layout;
        }
    }
    return layOutWith(choices[1]);
}
