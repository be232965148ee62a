/* SPDX-License-Identifier: MIT
 *
 * Draws the layout as elements: in each layer a tree and a list. Names are only ever set as text. */

let scene = null; /* what layOut() returned last */

function make(tag, className, text) {
    const element = document.createElement(tag);

    element.className = className || '';
    if (text !== undefined) {
        element.textContent = text;
    }
    return element;
}

function place(element, x, y, width, height) {
    Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`,
                                   height: `${height}px` });
}

function putLabel(parent, label, className) {
    const element = make('span', className || 'label');

    label.lines.forEach((line, i) => {
        const part = make('span', 'line', line);
        if (label.note && i === label.lines.length - 1) {
            part.append(make('span', 'note', (line ? ' ' : '') + label.note));
        }
        element.append(part);
    });
    parent.append(element);
}

/* ---- Boxes ------------------------------------------------------------------------------ */

const wins = (cell, m, box) => {
    const winner = cell.rows[m] && cell.rows[m].winner;

    return winner && (winner === box || (state.folded.has(box.path) && foldOf(winner) === box));
};

/* The inside of a box begins 2 pixels below its top: 1 to the box above it, 1 of the border. */
function makeVisible(box, top, bottom) {
    const part = make('span', 'part');
    const isFirst = top === box.y;
    const isLast = bottom === box.y + box.height;
    const from = isFirst ? 0 : top - box.y - 2;

    part.style.top = `${from}px`;
    part.style.height = `${(isLast ? box.height - 4 : bottom - box.y - 2) - from}px`;
    part.style.borderTopWidth = isFirst ? 0 : '1px';
    part.style.borderBottomWidth = isLast ? 0 : '1px';
    return part;
}

/* Fills the parts of a box in which it is visible. */
function putVisible(element, box, m) {
    const { cells } = scene;

    for (let i = box.first; i < box.after; i++) {
        if (wins(cells[i], m, box)) {
            const first = i;
            while (i + 1 < box.after && wins(cells[i + 1], m, box)) {
                i++;
            }
            const top = cells[first].y;
            const bottom = i + 1 < cells.length ? cells[i + 1].y : scene.height;
            element.append(makeVisible(box, top, bottom));
        }
    }
}

/* Describes a box to those who do not see it. */
function nameOf(box) {
    const hidden = box.answers && !box.visible ? ', wholly hidden' : '';

    return `${box.name}${box.target ? `, alias of ${box.target}` : ''}, ${box.kind}, priority ` +
        `${box.priority}, ${extentText(box.start, box.end)}${hidden}`;
}

function putBox(tree, box, m) {
    const kind = box.answers ? `answers ${kindClass(box.kind)}` : 'container';
    const element = make('div', `box ${kind}${box.visible || !box.answers ? '' : ' hidden'}`);

    place(element, box.x, box.y + 1, box.width - 2, box.height - 2);
    element.setAttribute('role', 'treeitem');
    element.setAttribute('aria-level', box.level);
    element.setAttribute('aria-label', nameOf(box));
    element.dataset.path = box.path;
    element.tabIndex = -1;
    if (box.answers) {
        putVisible(element, box, m);
        element.append(make('span', 'stripe'));
    }
    if (box.children.length) {
        const isFolded = state.folded.has(box.path);
        element.setAttribute('aria-expanded', String(!isFolded));
        element.append(make('span', 'arrow', isFolded ? '▸' : '▾'));
    }
    putLabel(element, box.label, box.children.length ? 'label behind-arrow' : 'label');
    tree.append(element);
}

/* ---- The view --------------------------------------------------------------------------- */

function entryText(entry) {
    const what = [entry.label.lines.join(''), entry.label.note].filter(Boolean).join(' ');

    return `${what}, ${extentText(entry.start, entry.end)}${entry.changed ? ', changed' : ''}`;
}

function putEntry(list, entry) {
    const element = make('div', `entry ${entry.kind}${entry.changed ? ' changed' : ''}`);
    const bar = make('span', 'bar');

    Object.assign(element.style, { top: `${entry.y}px`, height: `${entry.height}px` });
    element.setAttribute('role', 'option');
    element.setAttribute('aria-label', entryText(entry));
    element.dataset.address = entry.start.toString(16);
    element.dataset.end = entry.end.toString(16);
    element.tabIndex = -1;
    bar.append(make('span', 'stripe'));
    putLabel(bar, entry.label);
    element.append(make('span', 'address', entry.start.toString(16).padStart(4, '0')), bar,
                   make('span', 'size', sizeText(entry.end - entry.start)));
    list.append(element);
}

/* ---- Layers ----------------------------------------------------------------------------- */

function putLines(tree, layer) {
    for (const entry of layer.entries) {
        const line = make('div', 'grid');
        line.setAttribute('aria-hidden', 'true');
        line.style.top = `${entry.y}px`;
        tree.append(line);
    }
}

function makePart(className, role, label) {
    const part = make('div', className);

    part.setAttribute('role', role);
    part.setAttribute('aria-label', label);
    part.style.height = `${scene.height}px`;
    return part;
}

function makeLayer(layer, m) {
    const element = make('div', 'layer');
    const of = isPair ? ` of ${maps[m].file}` : '';
    const tree = makePart('tree', 'tree', `Regions${of}`);
    const view = makePart('view', 'listbox', `View${of}: what answers`);

    element.dataset.map = m;
    tree.style.width = `${scene.treeWidth}px`;
    if (layer.boxes.length) {
        putLines(tree, layer);
        layer.boxes.forEach((box) => putBox(tree, box, m));
        element.append(tree);
    }
    layer.entries.forEach((entry) => putEntry(view, entry));
    element.append(view);
    return element;
}

/* Shows one map, or a mixture of both. Only the map that is seen better can be used. */
function mixLayers() {
    const share = state.mix / 100;

    document.querySelectorAll('.layer').forEach((layer, m) => {
        const seen = m ? share : 1 - share;
        layer.style.opacity = seen;
        layer.inert = isPair && (m ? share < 0.5 : share >= 0.5);
        layer.style.visibility = seen === 0 ? 'hidden' : '';
    });
}

/* The element of the shown layer that can be reached with the Tab key; one in the tree and one in
 * the list. */
function makeReachable() {
    for (const part of document.querySelectorAll('.tree, .view')) {
        const chosen = part.querySelector('.picked') || part.querySelector('.box, .entry');
        if (chosen) {
            chosen.tabIndex = 0;
        }
    }
}

/* In each layer, marks who wins the picked address and who loses it. */
function markRanks() {
    document.querySelectorAll('.layer').forEach((layer, m) => {
        const row = state.picked && rowAt(scene.layers[m].space, state.picked.address);
        const winner = row && row.winner && row.winner.path;
        const losers = new Set(row ? row.losers.map((one) => one.box.path) : []);
        for (const box of layer.querySelectorAll('.box')) {
            box.classList.toggle('wins', box.dataset.path === winner);
            box.classList.toggle('loses', losers.has(box.dataset.path));
        }
    });
}

/* Marks what the panel shows, and what the search has found. */
function mark() {
    const { picked, matches, match } = state;
    const found = new Set(matches);

    for (const element of document.querySelectorAll('.box, .entry')) {
        const isBox = element.classList.contains('box');
        const thing = isBox ? element.dataset.path : hex(element.dataset.address);
        const isPicked = picked && (isBox ? thing === picked.path : isEntryAt(element, picked.address));
        element.classList.toggle('picked', Boolean(isPicked));
        element.setAttribute('aria-selected', String(Boolean(isPicked)));
        element.classList.toggle('found', isBox && found.has(thing));
        element.classList.toggle('current', isBox && matches[match] === thing);
        element.tabIndex = -1;
    }
    markRanks();
    makeReachable();
}

function isEntryAt(element, address) {
    return address >= hex(element.dataset.address) && address < hex(element.dataset.end);
}

function setWidths(widths) {
    byId('tree-head').hidden = !widths.tree;
    byId('tree-head').classList.toggle('slim', widths.tree < 240);
    for (const [name, width] of Object.entries(widths)) {
        document.documentElement.style.setProperty(`--${name}`, `${width}px`);
    }
}

/* Where the tree is too wide, the view lies over it and throws a shadow. */
function markOverlap(scroller) {
    scroller.classList.toggle('over', scroller.scrollWidth > scroller.clientWidth);
}

/* Draws everything again. The focus stays on what had it. */
function draw() {
    const focus = document.activeElement;
    const key = focus && (focus.dataset.path || focus.dataset.address);
    const picture = byId('picture');

    scene = layOut(byId('scroller').clientWidth);
    setWidths({ tree: scene.treeWidth, address: scene.addressWidth, range: scene.rangeWidth });
    picture.replaceChildren(...scene.layers.map(makeLayer));
    markOverlap(byId('scroller'));
    mixLayers();
    mark();
    const again = key && [...picture.querySelectorAll('.layer:not([inert]) [tabindex]')]
        .find((one) => one.dataset.path === key || one.dataset.address === key);
    if (again) {
        again.focus({ preventScroll: true });
    }
}
