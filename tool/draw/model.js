/* SPDX-License-Identifier: MIT
 *
 * The maps (draw-data.c writes them), what the page shows of them, and questions about them. A
 * comparison has two maps; everything that is done for "each map" is then done for both. */

const byId = (id) => document.getElementById(id);
const maps = JSON.parse(byId('data').textContent);

const state = {
    space: '',         /* its name */
    zoom: 1,           /* of heights */
    frame: null,       /* { start, end }: the part of the space that is shown; null: all */
    folded: new Set(), /* paths of boxes */
    picked: null,      /* { address, path }: what the panel shows; the path may be null */
    matches: [],       /* of the search */
    match: -1,
    mix: 0,            /* 0: the first map, 100: the second */
};

/* ---- Numbers ---------------------------------------------------------------------------- */

const hex = (digits) => BigInt('0x' + digits);
const hexText = (number) => '0x' + number.toString(16);

/* As draw_text_size(). */
function sizeText(size) {
    const units = 'BKMGTPE';
    let one = 1n;
    let unit = 0;

    while (unit < 6 && size >= one * 1000n && (size >= one * 1024n || size % one)) {
        one *= 1024n;
        unit++;
    }
    const tenths = (size * 10n + one / 2n) / one;
    const exact = tenths % 10n === 0n || tenths >= 1000n;
    return (exact ? `${(tenths + 5n) / 10n}` : `${tenths / 10n}.${tenths % 10n}`) + units[unit];
}

const extentText = (start, end) =>
    `${hexText(start)} – ${hexText(end - 1n)} (${sizeText(end - start)})`;

/* ---- Linking ---------------------------------------------------------------------------- */

function linkExtent(thing) {
    thing.start = hex(thing.start);
    thing.end = hex(thing.end);
}

/* A path names the same box in both maps. */
function linkBox(space, box, parent, path) {
    const seen = new Map();

    box.parent = parent;
    box.level = parent ? parent.level + 1 : 1;
    box.path = path;
    box.children = box.children.map((index) => space.boxes[index]);
    for (const child of [...box.children].sort((a, b) => (a.start < b.start ? -1 : 1))) {
        const count = (seen.get(child.name) || 0) + 1;
        seen.set(child.name, count);
        linkBox(space, child, box, `${path}/${child.name}#${count}`);
    }
}

function linkSpace(space) {
    [...space.boxes, ...space.ranges, ...space.rows].forEach(linkExtent);
    space.ranges.forEach((range) => { range.offset = range.name ? hex(range.offset) : 0n; });
    for (const row of space.rows) {
        row.range = space.ranges[row.range];
        row.winner = row.winner < 0 ? null : space.boxes[row.winner];
        row.losers = row.losers.map(([box, why]) => ({ box: space.boxes[box], why }));
    }
    space.root = space.root < 0 ? null : space.boxes[space.root];
    if (space.root) {
        linkBox(space, space.root, null, space.root.name);
    }
}

maps.forEach((map) => map.spaces.forEach(linkSpace));
const isPair = maps.length === 2;

/* ---- Questions -------------------------------------------------------------------------- */

/* The shown space of each map; undefined where a map has none of that name. */
const shownSpaces = () => maps.map((map) => map.spaces.find((one) => one.name === state.space));

const spaceNames = () => [...new Set(maps.flatMap((map) => map.spaces.map((one) => one.name)))];

const rowAt = (space, address) =>
    space && space.rows.find((row) => row.start <= address && address < row.end);

const boxAt = (space, path) => space && space.boxes.find((box) => box.path === path);

function ancestors(box) {
    const way = [];

    for (let one = box.parent; one; one = one.parent) {
        way.push(one);
    }
    return way;
}

const isFolded = (box) => state.folded.has(box.path);

/* The outermost folded box among a box and those around it; null if there is none. */
const foldOf = (box) => [box, ...ancestors(box)].filter(isFolded).pop() || null;

/* The same without the root. */
const foldBelowRoot = (box) =>
    [box, ...ancestors(box)].filter((one) => one.parent && isFolded(one)).pop() || null;

/* Whether a guest would notice a difference between two rows, from an address on. */
function differ(a, b, address) {
    const of = (row) => {
        const range = row && row.range;
        return range && range.name
            ? [range.name, range.kind, range.nonvolatile, range.offset + address - range.start]
                .join('\n')
            : '';
    };

    return of(a) !== of(b);
}

const kindClass = (kind) => ({ 'i/o': 'io' }[kind] || kind);

const kindWords = {
    ram: 'RAM',
    rom: 'ROM, read-only',
    io: 'device (i/o)',
    romd: 'ROM device',
    ramd: 'RAM of a device',
};
