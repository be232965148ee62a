/* SPDX-License-Identifier: MIT
 *
 * Two maps: the slider between them, and the changes. */

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
