/* SPDX-License-Identifier: MIT
 *
 * The controls: pointer, keys, zoom, folding. Then the beginning. */

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
