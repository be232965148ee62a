/* The controls: pointer, keys, search, zoom, folding, the slider. */

/* ---- Choosing --------------------------------------------------------------------------- */

/* Unfolds what a box is inside of. Returns whether that changes anything. */
function unfoldTo(path) {
    const around = [...state.folded].filter((folded) => path.startsWith(folded + '/'));

    around.forEach((folded) => state.folded.delete(folded));
    return around.length > 0;
}

function reveal() {
    const picked = document.querySelector('.layer:not([inert]) .box.picked') ||
        document.querySelector('.layer:not([inert]) .entry.picked');

    if (picked) {
        picked.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
}

/* Shows the panel for an address and, if there is a path, a region. */
function pick(picked) {
    state.picked = picked;
    if (picked.path && unfoldTo(picked.path)) {
        draw();
    } else {
        mark();
    }
    showPanel();
    reveal();
}

function unpick() {
    state.picked = null;
    mark();
    showPanel();
}

function toggle(path) {
    if (!state.folded.delete(path)) {
        state.folded.add(path);
    }
    draw();
}

function zoomTo(box) {
    state.frame = box && { start: box.start, end: box.end };
    byId('whole').hidden = !box;
    draw();
}

function showWhole() {
    if (state.frame) {
        zoomTo(null);
    }
}

function zoomBy(factor) {
    state.zoom = Math.min(16, Math.max(0.25, state.zoom * factor));
    draw();
    reveal();
}

/* ---- The pointer ------------------------------------------------------------------------ */

/* Returns the address of the row at a height of the window. */
function addressAtHeight(clientY) {
    const y = clientY - byId('picture').getBoundingClientRect().top;
    const below = scene.cells.filter((cell) => cell.y <= y);

    return below.length ? below[below.length - 1].start : 0n;
}

function onClick(event) {
    const box = event.target.closest('.box');
    const entry = event.target.closest('.entry');

    if (event.target.closest('.arrow')) {
        toggle(box.dataset.path);
    } else if (box) {
        pick({ address: addressAtHeight(event.clientY), path: box.dataset.path });
    } else if (entry) {
        pick({ address: hex(entry.dataset.address), path: null });
    }
}

/* ---- Keys ------------------------------------------------------------------------------- */

function choose(element) {
    const layer = scene.layers[element.closest('.layer').dataset.map];

    if (element.dataset.path) {
        const box = boxAt(layer.space, element.dataset.path);
        pick({ address: box.start, path: box.path });
    } else {
        pick({ address: hex(element.dataset.address), path: null });
    }
}

function moveFocus(from, to) {
    if (to) {
        from.tabIndex = -1;
        to.tabIndex = 0;
        to.focus();
    }
}

/* The elements of a tree in the order of the keys: by address, then from the outside inwards. */
function inOrder(part) {
    const items = [...part.querySelectorAll('.box, .entry')];
    const key = (one) => [parseFloat(one.style.top), Number(one.getAttribute('aria-level')),
                          parseFloat(one.style.left) || 0];

    return items.map((one) => ({ one, key: key(one) }))
        .sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2])
        .map(({ one }) => one);
}

function goInside(element) {
    const isFolded = element.getAttribute('aria-expanded') === 'false';

    if (isFolded) {
        toggle(element.dataset.path);
    } else if (element.hasAttribute('aria-expanded')) {
        const prefix = element.dataset.path + '/';
        moveFocus(element, inOrder(element.parentElement)
            .find((one) => one.dataset.path.startsWith(prefix)));
    }
}

function goOutside(element) {
    const { path } = element.dataset;

    if (element.getAttribute('aria-expanded') === 'true') {
        toggle(path);
    } else {
        const parent = [...element.parentElement.querySelectorAll('.box')]
            .filter((one) => path.startsWith(one.dataset.path + '/'));
        moveFocus(element, parent[parent.length - 1]);
    }
}

function onPictureKey(event) {
    const element = event.target.closest('.box, .entry');

    if (!element || event.ctrlKey || event.altKey || event.metaKey) {
        return;
    }
    const all = inOrder(element.parentElement);
    const at = all.indexOf(element);
    const actions = {
        ArrowDown: () => moveFocus(element, all[at + 1]),
        ArrowUp: () => moveFocus(element, all[at - 1]),
        Home: () => moveFocus(element, all[0]),
        End: () => moveFocus(element, all[all.length - 1]),
        Enter: () => choose(element),
        ' ': () => choose(element),
    };
    if (element.dataset.path) {
        actions.ArrowRight = () => goInside(element);
        actions.ArrowLeft = () => goOutside(element);
    }
    if (actions[event.key]) {
        event.preventDefault();
        actions[event.key]();
    }
}

function onKey(event) {
    const isTyping = /^(INPUT|SELECT)$/.test(event.target.tagName);
    const actions = {
        Escape: unpick,
        '/': () => byId('search').focus(),
        '+': () => zoomBy(1.5),
        '-': () => zoomBy(1 / 1.5),
    };

    if (!isTyping && actions[event.key] && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        actions[event.key]();
    }
}

/* ---- Search ----------------------------------------------------------------------------- */

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

/* ---- Two maps --------------------------------------------------------------------------- */

/* Returns the addresses at which a stretch of changed cells begins. */
function changeStarts() {
    return scene.cells.filter((cell, i) => cell.changed && !(i && scene.cells[i - 1].changed))
        .map((cell) => cell.start);
}

function showChanges() {
    const count = changeStarts().length;

    byId('changes').textContent = count === 1 ? '1 change' : `${count} changes`;
    byId('change').disabled = count === 0;
}

function nextChange() {
    const starts = changeStarts();
    const at = state.picked ? state.picked.address : -1n;
    const next = starts.find((start) => start > at);

    pick({ address: next === undefined ? starts[0] : next, path: null });
}

function onMix() {
    state.mix = Number(byId('mix').value);
    byId('mix').setAttribute('aria-valuetext', state.mix === 0 ? maps[0].file
        : state.mix === 100 ? maps[1].file : `${state.mix} % of the way`);
    mixLayers();
    mark();
}

function startComparison() {
    byId('compare').hidden = false;
    byId('name-a').textContent = maps[0].file;
    byId('name-b').textContent = maps[1].file;
    byId('mix').addEventListener('input', onMix);
    byId('change').addEventListener('click', nextChange);
    onMix();
}

/* ---- Head and foot ---------------------------------------------------------------------- */

function summaryText(space) {
    const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;
    const ranges = space.ranges.filter((range) => range.name).length;
    const hidden = space.boxes.filter((box) => box.answers && !box.visible).length;
    const tree = `; ${count(space.boxes.length, 'region')} in the tree, ${hidden} wholly hidden`;

    return `${count(ranges, 'range')} answer${ranges === 1 ? 's' : ''}` +
        `${space.hasTree ? tree : ''}. ${space.spaces}`;
}

function noteTexts(space) {
    const notes = [];

    if (space.disabled) {
        notes.push(`Regions that are not drawn because they are disabled or empty: ${space.disabled}.`);
    }
    if (space.clipped) {
        notes.push('Regions that are not drawn because their container does not reach them: ' +
                   `${space.clipped}.`);
    }
    if (space.cut) {
        notes.push('The tree has more boxes than are drawn.');
    }
    if (!space.hasTree) {
        notes.push('The tree is not known, so nothing is known of what is hidden.');
    } else if (space.guessed) {
        notes.push('The text of the map leaves open which regions are pure containers, or which ' +
                   'region an alias shows. This is guessed; see physmem(1).');
    }
    return notes;
}

function showHead() {
    const spaces = shownSpaces().filter(Boolean);
    const notes = [...new Set(spaces.flatMap(noteTexts))];
    const left = maps.reduce((sum, map) => sum + map.leftOut, 0);

    byId('title').textContent = maps.map((map) => map.file).join(' → ');
    byId('summary').textContent = spaces.map(summaryText).join(' → ');
    notes.unshift('Not to scale: the height of a part grows with the logarithm of its size. Keys: / ' +
                  'searches, + and − zoom, arrow keys move, fold and unfold, Enter chooses.');
    if (left) {
        notes.push(`The page does not have ${left} more views; draw one with --space.`);
    }
    byId('notes').replaceChildren(...notes.map((note) => paragraph(note)));
    showLegend(spaces);
}

function showLegend(spaces) {
    const kinds = new Set(spaces.flatMap((space) => space.rows
        .flatMap((row) => [row.range.name ? row.range.kind : '', ...row.losers.map((one) => one.box.kind)]))
        .map(kindClass));
    const entries = [...Object.entries(kindWords).filter(([kind]) => kinds.has(kind)),
                     ['container', 'container or alias'], ['hatched', 'hidden'],
                     ['hole', 'nothing answers']];

    byId('legend').replaceChildren(...entries.map(([kind, words]) => {
        const item = make('li');
        item.append(make('span', `swatch ${kind}`), words);
        return item;
    }));
}

/* ---- The beginning ---------------------------------------------------------------------- */

function showSpace(name) {
    state.space = name;
    state.frame = null;
    state.picked = null;
    byId('whole').hidden = true;
    showHead();
    draw();
    showPanel();
    if (isPair) {
        showChanges();
    }
}

function fillSelect() {
    const names = spaceNames();

    byId('space').replaceChildren(...names.map((name) => new Option(name, name)));
    byId('space-label').hidden = names.length < 2;
    byId('space').addEventListener('change', () => showSpace(byId('space').value));
    return names[0];
}

function listen() {
    byId('picture').addEventListener('click', onClick);
    byId('picture').addEventListener('keydown', onPictureKey);
    document.addEventListener('keydown', onKey);
    byId('search').addEventListener('input', onSearch);
    byId('search').addEventListener('keydown', onSearchKey);
    byId('previous').addEventListener('click', () => stepMatch(-1));
    byId('next').addEventListener('click', () => stepMatch(1));
    byId('smaller').addEventListener('click', () => zoomBy(1 / 1.5));
    byId('larger').addEventListener('click', () => zoomBy(1.5));
    byId('whole').addEventListener('click', showWhole);
    byId('unfold').addEventListener('click', () => {
        state.folded.clear();
        draw();
    });
    window.addEventListener('resize', () => draw());
}

/* On a narrow screen the view comes first, and the tree can be unfolded. */
function foldIfNarrow() {
    if (window.innerWidth < 700) {
        maps.flatMap((map) => map.spaces).filter((space) => space.root)
            .forEach((space) => state.folded.add(space.root.path));
    }
}

foldIfNarrow();
listen();
if (isPair) {
    startComparison();
}
showSpace(fillSelect());
