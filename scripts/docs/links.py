# SPDX-License-Identifier: MIT
"""Finds links of a site that lead nowhere: the page, picture or anchor does not exist."""
import os
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The anchors of a page, and what it refers to."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.references, self.lists = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.update(attrs[name] for name in ('id', 'name') if attrs.get(name))
        for name in ('href', 'src', 'data'):
            if attrs.get(name):
                self.references.append((attrs[name], self.getpos()[0]))


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def pages(folder):
    names = (name for name in sorted(os.listdir(folder)) if name.endswith('.html'))
    return {name: Page(read(os.path.join(folder, name))) for name in names}


def fault(folder, found, name, reference):
    """What is wrong with a reference of a page, or None."""
    parts = urlsplit(reference)
    if parts.scheme or parts.netloc:
        return None
    target = unquote(parts.path) or name
    if not os.path.isfile(os.path.join(folder, target)):
        return f'there is no {target}'
    if parts.fragment and target in found and parts.fragment not in found[target].anchors:
        return f'{target} has no #{parts.fragment}'
    return None


def faults(folder):
    """Yields the dead links of all pages of a folder, and of the list of the search."""
    found = pages(folder)
    for name, page in found.items():
        for reference, line in page.references:
            wrong = fault(folder, found, name, reference)
            if wrong:
                yield f'{name}:{line}: {wrong}'
    listed = read(os.path.join(folder, 'names.js'))
    for place in re.findall(r'"([\w-]+\.html(?:#[^"]*)?)"\]', listed):
        wrong = fault(folder, found, 'names.js', place)
        if wrong:
            yield f'names.js: {wrong}'
