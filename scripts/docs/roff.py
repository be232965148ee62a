# SPDX-License-Identifier: MIT
"""Writes blocks and texts in the language of manual pages."""
import re

from docs import markdown

NAME = re.compile(r"'(\w+(?:\.\w+)*)'|\b(\w+\(\))")


def escape(text):
    """Text of a page. A line must not begin like a request."""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\\&' + text if text.startswith(('.', "'")) else text


def bold(text):
    return f'\\fB{escape(text)}\\fR'


def lines(text):
    """A paragraph with one sentence a line."""
    found = re.sub(r'(?<=[a-z0-9)][.:;?!]) +(?=[A-Z"])', '\n', text).splitlines()
    return ['\\&' + line if line.startswith(('.', "'")) else line for line in found]


class Writer:
    """'manuals' has the manual pages of pages, by their paths: 'physmem-threads(7)'. 'resolve' says
    which page a link means."""

    def __init__(self, manuals=None, resolve=None):
        self.manuals, self.resolve = manuals or {}, resolve

    # ---- Inside of a paragraph -----------------------------------------------------------------

    def text(self, text, marks=True):
        pieces = markdown.inline(text)
        return ''.join(self.piece(*piece, marks) for piece in pieces)

    def piece(self, kind, text, target, marks):
        if kind == 'code':
            return bold(text)
        if kind == 'bold':
            return bold(markdown.plain(text))
        if kind == 'em':
            return f'\\fI{escape(markdown.plain(text))}\\fR'
        if kind == 'link':
            page = self.resolve(target) if self.resolve else ''
            return self.manual(self.manuals[page]) if page in self.manuals else self.text(text)
        if kind in ('image', 'break'):
            return ''
        return escape(text) if marks else self.words(text)

    def manual(self, name):
        page, section = name.rstrip(')').split('(')
        return f'{bold(page)}({section})'

    def words(self, text):
        """A text of a comment: names and what stands in quotation marks are bold."""
        out, end = '', 0
        for match in NAME.finditer(text):
            out += escape(text[end:match.start()]) + bold(match[1] or match[2])
            end = match.end()
        return (out + escape(text[end:])).removeprefix('\\&') if out else escape(text)

    # ---- Blocks --------------------------------------------------------------------------------

    def blocks(self, blocks, marks=True):
        return [line for block in blocks for line in getattr(self, block[0])(*block[1:], marks)]

    def comment(self, text):
        return self.blocks(markdown.blocks(text, code_indent=2), marks=False)

    def paragraph(self, text, marks):
        written = self.text(text, marks)
        return ['.PP', *lines(written)] if written.strip() else []

    def heading(self, level, text, _):
        return [('.SH ' if level == 2 else '.SS ') + title(markdown.plain(text), level == 2)]

    def code(self, _, text, __):
        shown = [escape(line) or '\\&' for line in text.splitlines()]
        return ['.PP', '.RS 4', '.nf', *shown, '.fi', '.RE']

    def list(self, ordered, items, marks):
        found = []
        for number, item in enumerate(items, 1):
            found.append(f'.IP {number}. 4' if ordered else '.IP \\(bu 2')
            found += self.item(item, marks)
        return found

    def item(self, item, marks):
        """The first paragraph of an item stands beside its mark. The others are indented."""
        first = item[0]
        if first[0] != 'paragraph':
            return self.blocks(item, marks)
        rest = self.blocks(item[1:], marks)
        return lines(self.text(first[1], marks)) + (['.RS 2', *rest, '.RE'] if rest else [])

    def terms(self, pairs, marks):
        return [line for term, text in pairs
                for line in ('.TP', bold(term), *lines(self.text(text, marks)))]

    def table(self, _, rows, marks):
        """Each row is a paragraph: its first cell is the title, the others say whose they are."""
        found = []
        for row in rows[1:]:
            found += ['.TP', self.text(row[0], marks)]
            for head, cell in zip(rows[0][1:], row[1:]):
                mark = f'\\fI{escape(markdown.plain(head))}\\fR: ' if len(row) > 2 else ''
                found += [*lines(mark + self.text(cell, marks)), '.br']
            found.pop()
        return found


def title(text, capitals=False):
    """The argument of a heading."""
    text = escape(text.upper() if capitals else text)
    return '"' + text.replace('"', "'") + '"'


def begin(name, section, version):
    """The first lines of a page: no names are cut at the ends of lines."""
    return ['.\\" SPDX-License-Identifier: MIT',
            f'.TH {escape(name.upper())} {section} "" "libphysmem {version}" "libphysmem"',
            '.nh', '.ad l']


def finished(found):
    """The text of a page. A paragraph need not begin behind a heading or an indentation."""
    kept = []
    for line in found:
        if kept and line == '.PP' and kept[-1].startswith(('.SH', '.SS', '.RS', '.PP')):
            continue
        if kept and line.startswith(('.SH', '.SS', '.RE')) and kept[-1] == '.PP':
            kept.pop()
        kept.append(line)
    return '\n'.join(kept) + '\n'
