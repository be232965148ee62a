/* SPDX-License-Identifier: MIT
 *
 * The search of the site. names.js has the list NAMES: name, kind and address of everything that
 * can be found. "/" goes to the search; arrows and Enter choose; Escape leaves. */
"use strict";

const MOST = 30;
const input = document.getElementById("search");
const found = document.getElementById("found");
const beside = location.pathname.split("/").pop() || "index.html";

/* How well a name fits: the smaller the better, and -1 for not at all. */
function fit(name, words) {
    const text = name.toLowerCase();
    let rank = text.length;
    for (const word of words) {
        const at = text.indexOf(word);
        if (at < 0) {
            return -1;
        }
        rank += at === 0 ? 0 : /[\s_.]/.test(text[at - 1]) ? 100 : 200;
    }
    return rank;
}

function matches(wanted) {
    const words = wanted.toLowerCase().replace(/[()]/g, "").split(/\s+/).filter(Boolean);
    if (!words.length) {
        return [];
    }
    return NAMES.map(entry => [fit(entry[0], words), entry])
        .filter(([rank]) => rank >= 0)
        .sort((a, b) => a[0] - b[0])
        .slice(0, MOST)
        .map(([, entry]) => entry);
}

function line([name, kind, place]) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const note = document.createElement("small");
    link.href = place;
    link.textContent = name;
    note.textContent = kind;
    link.append(" ", note);
    item.append(link);
    return item;
}

function show() {
    const entries = matches(input.value);
    found.replaceChildren(...entries.map(line));
    if (!entries.length && input.value.trim()) {
        found.append("Nothing has this name.");
    }
    found.hidden = !input.value.trim();
}

function hide() {
    found.hidden = true;
}

/* Moves from the field into the list, and along it. */
function step(forward) {
    const links = [input, ...found.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement) + (forward ? 1 : -1);
    links[Math.min(Math.max(at, 0), links.length - 1)].focus();
}

function in_search(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        step(event.key === "ArrowDown");
        event.preventDefault();
    } else if (event.key === "Enter" && event.target === input) {
        found.querySelector("a")?.click();
    } else if (event.key === "Escape") {
        hide();
        input.blur();
    }
}

input.addEventListener("input", show);
input.addEventListener("focus", show);
input.parentNode.addEventListener("keydown", in_search);
document.addEventListener("click", event => {
    if (!input.parentNode.contains(event.target)) {
        hide();
    }
});
document.addEventListener("keydown", event => {
    if (event.key === "/" && !event.ctrlKey && document.activeElement !== input) {
        input.focus();
        event.preventDefault();
    }
});

/* Without this script there is no search, so the page comes without its field. */
input.parentNode.hidden = false;

/* Marks the page in the list beside it. */
const here = document.querySelector(`nav a[href="${beside}"]`);
if (here) {
    const list = document.getElementById("pages");
    const place = here.offsetTop - list.offsetTop;
    here.setAttribute("aria-current", "page");
    list.scrollTop = place < list.clientHeight ? 0 : place - list.clientHeight / 2;
}
