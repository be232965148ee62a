/* SPDX-License-Identifier: MIT
 *
 * The panel: who answers at the picked address, through what, who else is there and why it does not
 * answer; and the facts about the picked region. */

/* ---- Parts ------------------------------------------------------------------------------ */

function regionButton(box) {
    const button = make('button', 'region', box.name);

    button.type = 'button';
    button.addEventListener('click', () => pick({ address: box.start, path: box.path }));
    return button;
}

function addressButton(address) {
    const button = make('button', 'region', hexText(address));

    button.type = 'button';
    button.addEventListener('click', () => pick({ address, path: null }));
    return button;
}

function paragraph(...parts) {
    const element = make('p');

    element.append(...parts);
    return element;
}

function list(items) {
    const element = make('ul');

    element.append(...items.map((parts) => {
        const item = make('li');
        item.append(...parts);
        return item;
    }));
    return element;
}

const heading = (text) => make('h3', '', text);

const kindText = (box) => (box.target ? `alias of ${box.target}, ${box.kind}` : box.kind);

const lineText = (box) => (box.line ? `, line ${box.line}` : '');

/* ---- An address ------------------------------------------------------------------------- */

function winnerParts(row, address) {
    const { range } = row;
    const offset = range.offset + address - range.start;
    const name = row.winner ? regionButton(row.winner) : make('strong', '', range.name);
    const shown = row.winner && row.winner.target ? `, which shows ${range.name}` : '';

    return [
        paragraph(make('span', `swatch ${kindClass(range.kind)}`), name, shown,
                  ` answers, at its offset ${hexText(offset)}.`),
        paragraph(make('span', 'quiet', `${range.nonvolatile ? 'nv-' : ''}${range.kind}, ` +
                       `${extentText(range.start, range.end)}` +
                       `${range.owner ? `, ${range.owner}` : ''}`)),
    ];
}

function wayParts(box) {
    const way = [box, ...ancestors(box)].map((one) => [
        regionButton(one),
        make('span', 'quiet', ` ${kindText(one)}, priority ${one.priority}${lineText(one)}`),
    ]);

    return [heading('By this way, innermost first'), list(way)];
}

function loserParts(row) {
    const losers = row.losers.map(({ box, why }) => [
        regionButton(box), make('span', 'quiet', `${lineText(box)}: ${why}`),
    ]);

    if (row.left) {
        losers.push([`and ${row.left} more`]);
    }
    return losers.length ? [heading('Also there'), list(losers)]
        : [paragraph(make('span', 'quiet', 'Nothing else is there.'))];
}

function answerParts(space, address) {
    const row = rowAt(space, address);

    if (!row) {
        return [paragraph('The map has nothing there.')];
    }
    if (!row.range.name) {
        return [paragraph('Nothing answers: ', extentText(row.range.start, row.range.end))];
    }
    if (!row.winner) {
        return [...winnerParts(row, address), paragraph(make('span', 'quiet', 'The way is not known.'))];
    }
    return [...winnerParts(row, address), ...wayParts(row.winner), ...loserParts(row)];
}

/* ---- A region --------------------------------------------------------------------------- */

/* Returns the parts of a region in which one thing answers: { start, end, row }. */
function stretches(space, box) {
    const parts = [];

    for (const row of space.rows) {
        if (row.start < box.start || row.end > box.end) {
            continue;
        }
        const last = parts[parts.length - 1];
        if (last && last.row.winner === row.winner && last.row.range === row.range) {
            last.end = row.end;
        } else {
            parts.push({ start: row.start, end: row.end, row });
        }
    }
    return parts;
}

function stretchItem(part, box) {
    const { winner, range } = part.row;
    const who = winner === box ? ['visible'] : winner ? ['shows ', regionButton(winner)]
        : [range.name || 'nothing answers'];

    return [addressButton(part.start), make('span', 'quiet', ` ${sizeText(part.end - part.start)}: `),
            ...who];
}

function regionParts(space, box) {
    const most = 30;
    const parts = stretches(space, box);
    const items = parts.slice(0, most).map((part) => stretchItem(part, box));

    if (parts.length > most) {
        items.push([`and ${parts.length - most} more`]);
    }
    return [
        paragraph(make('span', 'quiet', `${kindText(box)}, priority ${box.priority}${lineText(box)}` +
                       `${box.owner ? `, ${box.owner}` : ''}`)),
        paragraph(extentText(box.start, box.end)),
        list(items),
        zoomButton(box),
    ];
}

function zoomButton(box) {
    const button = make('button', '', 'Zoom to this region');

    button.type = 'button';
    button.id = 'zoom-to';
    button.addEventListener('click', () => zoomTo(box));
    return button;
}

/* ---- The panel -------------------------------------------------------------------------- */

function closeButton() {
    const button = make('button', 'close', '×');

    button.type = 'button';
    button.setAttribute('aria-label', 'Close the details');
    button.addEventListener('click', unpick);
    return button;
}

/* In a comparison, the part of each map has the map's name above it. */
function eachMap(partsOf) {
    return shownSpaces().flatMap((space, m) => [
        ...(isPair ? [make('h3', 'map', maps[m].file)] : []),
        ...(space ? partsOf(space) : [paragraph('There is no such space.')]),
    ]);
}

function showPanel() {
    const panel = byId('panel');

    panel.classList.toggle('empty', !state.picked);
    if (!state.picked) {
        panel.replaceChildren(paragraph(make('span', 'quiet',
            'Choose an address or a region to see who answers there, and why.')));
        return;
    }
    const { address, path } = state.picked;
    panel.replaceChildren(closeButton(), make('h2', '', hexText(address)),
                          ...eachMap((space) => answerParts(space, address)));
    const box = shownSpaces().map((space) => boxAt(space, path)).find(Boolean);
    if (box) {
        panel.append(make('h2', 'second', box.name), ...eachMap((space) => {
            const one = boxAt(space, path);
            return one ? regionParts(space, one) : [paragraph('There is no such region.')];
        }));
    }
}
