# SPDX-License-Identifier: MIT
"""Writes blocks and texts in the language of doxygen's comments. Doxygen does not look for names or
Markdown in them by itself: what is a link or code has been decided here."""
import os
import re

from docs import markdown, names, site

COMMANDS = str.maketrans({'\\': '\\\\', '@': '\\@', '&': '&amp;', '<': '&lt;', '>': '&gt;',
                          '#': '\\#', '%': '\\%', '"': '\\"'})
CITED = re.compile(r"(?:[Ss]pecification(?:'s)?|[Ss]ections?)(?:\s+sections?)?"
                   r'(?:(?:,|;|\s+and|\s+to)?\s+\d{1,2}(?:\.\d{1,2})?\b)+')
NUMBER = re.compile(r'\d{1,2}(?:\.\d{1,2})?')
BARE = re.compile(r'(?<=\()\d{1,2}\.\d{1,2}(?=[,;)])')
ENTRY = re.compile(r'\b[DR][1-9]\d?\b')
FILE = re.compile(r'\bdocs/[\w/-]+\.md\b|(?<![<\w/.-])[\w/]+\.h\b')
HEADINGS = {2: 'section', 3: 'subsection', 4: 'subsubsection'}


def escape(text):
    text = text.translate(COMMANDS)
    return re.sub('-{2,3}', lambda dashes: '\\' + dashes[0], text).replace('::', '\\::')


def code(text):
    return f'<code>{escape(text)}</code>'


def reference(label, text):
    return f'\\ref {label} "{escape_title(text)}"'


def escape_title(text):
    """A text between quotation marks cannot have any."""
    return escape(text.replace('"', "'"))


class Writer:
    """Writes for one site. 'known' are the public names, 'headers' the public headers."""

    def __init__(self, pages, known, headers):
        self.site, self.names, self.headers = pages, known, headers
        self.page = None            # the page that is being written, or None: a header

    # ---- Names in a text -----------------------------------------------------------------------

    def words(self, text):
        """A text in which names, files and sections have become links."""
        out, end = '', 0
        for match in self.finds(text):
            out += escape(text[end:match.start()]) + self.word(match)
            end = match.end()
        return out + escape(text[end:])

    def finds(self, text):
        patterns = '|'.join(f'(?P<{name}>{pattern.pattern})' for name, pattern in
                            (('cited', CITED), ('bare', BARE), ('entry', ENTRY), ('file', FILE)))
        return re.finditer(f'{patterns}|{names.TOKEN.pattern}', text)

    def word(self, match):
        kind, text = match.lastgroup, match[0]
        if kind in ('cited', 'bare'):
            return NUMBER.sub(lambda number: self.section(number[0]), escape(text))
        if kind == 'entry':
            return reference(site.entry_label(text), text) if text in self.site.entries else text
        if kind == 'file':
            return self.file(text)
        if kind == 'quoted':
            return self.quoted(text)
        if kind == 'call' or kind == 'field' or self.names.stands_out(text):
            return self.symbol(text) or escape(text)
        return escape(text)

    def section(self, number):
        known = self.site.numbers.get(number)
        return reference(known, number) if known else number

    def file(self, path):
        page = self.site.pages.get(path)
        return reference(page.id, page.title) if page else self.header(path) or code(path)

    def header(self, path):
        """A link to a header, which may be named without its directories, or None."""
        name = 'physmem/' + path.removeprefix('include/').removeprefix('physmem/')
        if name in self.headers:
            return f'<code>{reference(site.header_label(name), path)}</code>'
        return None

    def quoted(self, text):
        """Comments quote parameters and fields; pages quote other things."""
        inside = text[1:-1]
        return escape(text) if self.page else self.symbol(inside) or code(inside)

    def symbol(self, text):
        """A link to a public name, or None."""
        structure, _, name = text.partition('.')
        if name and self.names.is_field(structure, name):
            return f'<code>{reference(self.names.field_home(structure, name), text)}</code>'
        plain = text.removesuffix('()')
        if self.names.is_known(plain):
            return f'<code>{reference(self.names.home(plain), text)}</code>'
        return None

    # ---- Inside of a paragraph -----------------------------------------------------------------

    def text(self, text):
        return ''.join(self.piece(*piece) for piece in markdown.inline(text))

    def piece(self, kind, text, target):
        if kind == 'code':
            return self.symbol(text) or self.header(text) or code(text)
        if kind == 'link':
            return self.link(text, target)
        if kind == 'image':
            return self.image(text, target)
        if kind == 'break':
            return '<br>'
        if kind in ('bold', 'em'):
            mark = {'bold': 'b', 'em': 'em'}[kind]
            return f'<{mark}>{self.text(text)}</{mark}>'
        return self.words(text)

    def link(self, text, target):
        kind, where = self.site.target(self.page, target)
        if kind == 'page':
            named = self.site.pages.get(f'docs/{text}')
            return reference(where, named.title if named else markdown.plain(text))
        where = os.path.basename(where) if kind == 'file' else where
        return f'<a href="{where}">{escape(markdown.plain(text))}</a>'

    def image(self, text, target):
        name = os.path.basename(self.site.target(self.page, target)[1])
        text = text.replace('"', '&quot;')
        picture = f'<a href="{name}"><img src="{name}" alt="{text}"></a>'
        return f'\\htmlonly{picture}\\endhtmlonly'

    # ---- Blocks --------------------------------------------------------------------------------

    def blocks(self, blocks):
        """The lines of some blocks."""
        return [line for block in blocks for line in getattr(self, block[0])(*block[1:]) + ['']]

    def comment(self, text):
        """The lines of a comment of a header."""
        return self.blocks(markdown.blocks(text, code_indent=2))

    def described(self, text):
        """The lines of a comment, with its first sentence for lists."""
        first = next((block[1] for block in markdown.blocks(text, code_indent=2)
                      if block[0] == 'paragraph'), '')
        first = re.split(r'(?<=\.)\s+(?=[A-Z0-9"\'`&-])', first, maxsplit=1)[0]
        brief = self.words(re.sub(':$', '.', first))
        return [f'\\brief {brief}', '', *self.comment(text)]

    def paragraph(self, text):
        return [self.text(text)]

    def heading(self, level, text):
        return [f'\\{HEADINGS[level]} {self.page.label(text)} {escape(markdown.plain(text))}']

    def code(self, language, text):
        if language == 'c' or not language and re.search(r';$|^#include|^#define', text, re.M):
            return ['\\code{.c}', *text.splitlines(), '\\endcode']
        return ['\\code{.unparsed}', *text.splitlines(), '\\endcode']

    def list(self, ordered, items):
        tag = 'ol' if ordered else 'ul'
        return [f'<{tag}>', *(line for item in items for line in self.item(item)), f'</{tag}>']

    def item(self, item):
        if len(item) == 1 and item[0][0] == 'paragraph':
            return ['<li>' + self.anchored(item[0][1]) + '</li>']
        return ['<li>', *self.blocks(item), '</li>']

    def anchored(self, text):
        """A list item of the specification may be a section."""
        number = re.match(r'\*\*(\d+\.\d+)', text)
        label = site.section_label(number[1]) if number and self.is_specification() else ''
        known = label and self.site.numbers.get(number[1]) == label
        return (f'\\anchor {label} ' if known else '') + self.text(text)

    def is_specification(self):
        return self.page is not None and self.page.id == 'specification'

    def terms(self, pairs):
        cells = (f'<tr><td>{self.term(term)}</td><td>{self.words(text)}</td></tr>'
                 for term, text in pairs)
        return ['<div class="wide terms"><table>', *cells, '</table></div>']

    def term(self, text):
        """A term is a name, or some; otherwise it is in words."""
        names_only = re.fullmatch(r'[\w*-]+(, [\w*-]+)*', text)
        return self.symbol(text) or (code(text) if names_only else f'<b>{escape(text)}</b>')

    def table(self, alignments, rows):
        lines = ['<div class="wide"><table>', *self.row('th', alignments, rows[0])]
        for row in rows[1:]:
            lines += self.row('td', alignments, row)
        return lines + ['</table></div>']

    def row(self, tag, alignments, cells):
        lines = ['<tr>']
        for place, cell in enumerate(cells):
            side = alignments[place] if place < len(alignments) else ''
            align = f' align="{side}"' if side else ''
            lines.append(f'<{tag}{align}>{self.cell(place, cell)}</{tag}>')
        return lines + ['</tr>']

    def cell(self, place, cell):
        if place == 0 and self.is_specification() and cell in self.site.entries:
            return f'\\anchor {site.entry_label(cell)} {escape(cell)}'
        return self.text(cell)
