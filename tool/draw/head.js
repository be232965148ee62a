/* SPDX-License-Identifier: MIT
 *
 * The text above and below the picture. */

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
