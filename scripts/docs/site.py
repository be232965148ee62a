# SPDX-License-Identifier: MIT
"""The pages of the site: their ids, the labels of their headings, and what links lead to."""
import os
import re

from docs import markdown

# In the order of the list beside the pages.
TOP = ['README.md', 'NEWS.md', 'CONTRIBUTING.md', 'SECURITY.md', 'HACKING.md', 'RELEASING.md']
NUMBER = re.compile(r'(\d+(?:\.\d+)?)')


class Page:
    """A page: 'path' is that of its Markdown, 'id' the name of its file in the site."""

    def __init__(self, root, path):
        self.path = path
        with open(f'{root}/{path}', encoding='utf-8') as file:
            self.blocks = markdown.blocks(file.read())
        self.title = markdown.plain(self.blocks[0][2])
        self.id = page_id(path)

    def headings(self):
        return [block for block in self.blocks if block[0] == 'heading']

    def label(self, title):
        """The label of a heading, for links."""
        return f'{self.id}-{markdown.slug(title)}'


def page_id(path):
    if path == 'README.md':
        return 'index'
    name = os.path.splitext(path.removeprefix('docs/').lower())[0]
    return name.removesuffix('/readme').replace('/', '-')


def page_paths(root):
    """The Markdown of the project that becomes pages: what stands at the top, and docs/."""
    found = [path for path in TOP if os.path.exists(f'{root}/{path}')]
    for folder in ('docs/guide', 'docs'):
        found += sorted(f'{folder}/{name}' for name in os.listdir(f'{root}/{folder}')
                        if name.endswith('.md'))
    return found


class Site:
    """All pages, and where references lead."""

    def __init__(self, root):
        self.root = root
        self.pages = {path: Page(root, path) for path in page_paths(root)}
        self.numbers = dict(self.numbered())
        self.entries = set(self.listed())
        self.files = set()          # what the pages link or show besides pages

    def numbered(self):
        """Yields the sections of the specification with their labels."""
        page = self.pages['docs/specification.md']
        for block in page.blocks:
            if block[0] == 'heading' and NUMBER.match(block[2]):
                yield NUMBER.match(block[2])[1], page.label(block[2])
            elif block[0] == 'list':
                begins = (item[0][1] for item in block[2] if item[0][0] == 'paragraph')
                for number in filter(None, (re.match(r'\*\*(\d+\.\d+)', text) for text in begins)):
                    yield number[1], section_label(number[1])

    def listed(self):
        """Yields the entries of the table of differences: D1, R5, ..."""
        for block in self.pages['docs/specification.md'].blocks:
            if block[0] == 'table':
                yield from (row[0] for row in block[2] if re.fullmatch(r'[DR]\d+', row[0]))

    def target(self, page, link):
        """What a link in a page leads to: ('page', label), ('file', path) or ('web', address)."""
        if re.match(r'\w+:', link):
            return 'web', link
        path, _, anchor = link.partition('#')
        path = os.path.join(os.path.dirname(page.path), path) if path else page.path
        path = os.path.normpath(path)
        if path not in self.pages:
            if not os.path.exists(f'{self.root}/{path}'):
                raise SystemExit(f'{page.path}: there is no {path}, which it links')
            self.files.add(path)
            return 'file', path
        other = self.pages[path]
        return 'page', f'{other.id}-{anchor}' if anchor else other.id


def header_label(header):
    """The label of the text at the head of a header."""
    return re.sub('[/.]', '-', header)


def section_label(number):
    return 'section-' + number.replace('.', '-')


def entry_label(entry):
    return 'entry-' + entry
