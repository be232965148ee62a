# SPDX-License-Identifier: MIT
"""Reads the Markdown of the pages, and the prose of the headers' comments, which has the same
blocks: paragraphs, lists, tables, and code that is indented. A block is a tuple that begins with
its kind:

    ('heading', level, text)   ('paragraph', text)   ('code', language, text)
    ('list', ordered, [blocks of an item, ...])   ('table', alignments, [cells of a row, ...])
    ('terms', [(term, text), ...])

Only comments have terms: two columns, the second of which goes on in the lines below.
"""
import re

ITEM = re.compile(r'( *)([-*]|\d+\.)( +)')
FENCE = re.compile(r' *```(\w*)')
HEADING = re.compile(r'(#+) +(.*)')
TERM = re.compile(r'(\S.*?)( {2,})(\S.*)')
RULE = re.compile(r'(---+|\* ?\* ?\*)$')

# Without these, nothing in a text is marked.
PIECE = re.compile(r'(?P<code>`[^`]+`)|(?P<image>!\[[^\]]*\]\([^)]+\))'
                   r'|(?P<link>\[(?:[^\[\]`]|`[^`]*`|\[[^\]]*\])*\]\([^)]+\))'
                   r'|(?P<url><https?://[^>]+>)|(?P<break><br>)'
                   r'|(?P<bold>\*\*[^*]+\*\*)|(?P<em>(?<![\w*])\*[^*\s][^*]*\*(?![\w*]))', re.S)


def blocks(text, code_indent=4):
    """The blocks of a text. 'code_indent' is how many spaces make a line code."""
    text = re.sub(r'<!--.*?-->\n?', '', text, flags=re.S)
    lines = text.splitlines()
    found, at = [], 0
    while at < len(lines):
        reader = reader_of(lines, at, code_indent)
        block, at = reader(lines, at, code_indent) if reader else (None, at + 1)
        if block:
            found.append(block)
    return found


def reader_of(lines, at, code_indent):
    line = lines[at]
    if not line.strip() or RULE.match(line):
        return None
    if FENCE.match(line):
        return fenced
    if HEADING.match(line):
        return heading
    if ITEM.match(line) and len(ITEM.match(line)[1]) < 4:
        return items
    if line.startswith(' ' * code_indent):
        return indented
    return table if line.startswith('|') else paragraph


def heading(lines, at, _):
    match = HEADING.match(lines[at])
    return ('heading', len(match[1]), match[2]), at + 1


def fenced(lines, at, _):
    language, end = FENCE.match(lines[at])[1], at + 1
    while end < len(lines) and not FENCE.match(lines[end]):
        end += 1
    return ('code', language, '\n'.join(lines[at + 1:end])), end + 1


def indented(lines, at, code_indent):
    end = at
    while end < len(lines) and (lines[end].startswith(' ' * code_indent) or not lines[end].strip()):
        end += 1
    text = dedented(lines[at:end]).strip('\n')
    found = terms(text.splitlines()) if code_indent < 4 else None
    return ('terms', found) if found else ('code', '', text), end


def terms(lines):
    """The terms and texts of lines in two columns, or None if they are something else."""
    first = TERM.match(lines[0])
    found = []
    for line in lines if first else []:
        match, column = TERM.match(line), len(first[1]) + len(first[2])
        if match and len(match[1]) + len(match[2]) == column:
            found.append((match[1], match[3]))
        elif found and line.startswith(' ' * column) and not line[column:].startswith(' '):
            found[-1] = (found[-1][0], f'{found[-1][1]} {line.strip()}')
        else:
            return None
    return found


def dedented(lines):
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return '\n'.join(line[margin:] for line in lines)


def paragraph(lines, at, code_indent):
    goes_on = (paragraph,) if code_indent < 4 else (paragraph, indented)
    end = at + 1
    while end < len(lines) and reader_of(lines, end, code_indent) in goes_on:
        end += 1
    return ('paragraph', ' '.join(line.strip() for line in lines[at:end])), end


def items(lines, at, code_indent):
    """A list. Lines that are indented to the text of an item belong to it."""
    first, found = ITEM.match(lines[at]), []
    while at < len(lines):
        match = ITEM.match(lines[at])
        if not match or len(match[1]) != len(first[1]):
            break
        margin = min(match.end(), len(first[1]) + 4)
        inside, at = [lines[at][match.end():]], at + 1
        while at < len(lines) and belongs(lines, at, margin, len(first[1])):
            inside.append(lines[at][min(margin, indent(lines[at])):])
            at += 1
        found.append(blocks('\n'.join(inside), code_indent))
        at = skip_blank(lines, at, first[1])
    return ('list', first[2][0].isdigit(), found), at


def indent(line):
    return len(line) - len(line.lstrip())


def belongs(lines, at, margin, outer):
    """Whether a line goes on with an item of a list."""
    line = lines[at]
    if not line.strip():
        after = next((other for other in lines[at:] if other.strip()), '')
        return indent(after) >= margin
    if indent(line) >= margin:
        return True
    return not ITEM.match(line) and indent(line) > outer and bool(lines[at - 1].strip())


def skip_blank(lines, at, margin):
    """Skips empty lines between two items of a list."""
    after = at
    while after < len(lines) and not lines[after].strip():
        after += 1
    goes_on = after < len(lines) and re.match(margin + r'([-*]|\d+\.) ', lines[after])
    return after if goes_on else at


def table(lines, at, _):
    end = at
    while end < len(lines) and lines[end].startswith('|'):
        end += 1
    rows = [cells(line) for line in lines[at:end]]
    alignments = ['right' if cell.strip().endswith(':') else '' for cell in rows[1]]
    return ('table', alignments, [rows[0]] + rows[2:]), end


def cells(line):
    """The cells of a row. A '|' in code does not end a cell."""
    parts = re.split(r'\|(?=(?:[^`]*`[^`]*`)*[^`]*$)', line.strip().strip('|').replace('\\|', '\0'))
    return [part.strip().replace('\0', '|') for part in parts]


# ---- Inside of a text ----------------------------------------------------------------------------

def inline(text):
    """Yields (kind, text, target) of the pieces of a text. Links, bold and em have text inside."""
    end = 0
    for match in PIECE.finditer(text):
        if match.start() > end:
            yield 'text', text[end:match.start()], ''
        yield piece(match.lastgroup, match[0])
        end = match.end()
    if end < len(text):
        yield 'text', text[end:], ''


def piece(kind, text):
    if kind in ('link', 'image'):
        match = re.fullmatch(r'!?\[(.*)\]\(([^)]+)\)', text, re.S)
        return kind, match[1], match[2]
    if kind == 'url':
        return 'link', text[1:-1], text[1:-1]
    marks = {'code': 1, 'bold': 2, 'em': 1, 'break': 0}[kind]
    return kind, text[marks:len(text) - marks], ''


def plain(text):
    """A text without its marks."""
    return ''.join(plain(inside) if kind in ('link', 'bold', 'em') else inside
                   for kind, inside, _ in inline(text) if kind not in ('break', 'image'))


def slug(title):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r' ', '-', re.sub(r'[^\w\- ]', '', plain(title).lower()))


def headings(text):
    return [block for block in blocks(text) if block[0] == 'heading']
