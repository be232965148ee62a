# SPDX-License-Identifier: MIT
"""Writes pages for doxygen: those that are Markdown in the project, and those that list others."""
from docs import markdown

LONG = 4    # so many headings make a list of contents worth while


def comment(lines):
    return '\n'.join(f'/// {line}'.rstrip() for line in lines) + '\n'


def page(writer, found):
    """The text of a page of the project."""
    writer.page = found
    title = markdown.plain(found.title)
    begin = ['\\mainpage ' + title] if found.id == 'index' else [
        f'\\page {found.id} {title}']
    if sum(level == 2 for _, level, _ in found.headings()) >= LONG and found.id != 'index':
        begin.append('\\tableofcontents{HTML:1}')
    lines = writer.blocks(found.blocks[1:])
    writer.page = None
    return comment(begin + [''] + lines)


def reference(writer, groups, sources):
    """The front page of the reference."""
    lines = ['\\page reference Reference', '', *writer.comment(sources['physmem/physmem.h'].head)]
    for group in groups:
        headers = ' '.join(dict.fromkeys(f'<code>{header}</code>' for header, _ in group.parts))
        lines += [f'<div class="group">\\ref api-{group.id} "{group.title}"</div>', '',
                  *writer.comment(group.text), f'<div class="facts">{headers}</div>', '']
    return comment(lines)


def names(writer):
    """All public names, by their first letters."""
    lines, letter = ['\\page names Names', ''], ''
    for name in sorted(writer.names.kinds, key=str.lower):
        if name[0].upper() != letter:
            lines += ['</div>'] if letter else []
            letter = name[0].upper()
            lines += [f'<h2>{letter}</h2>', '<div class="names">']
        lines.append(f'{writer.symbol(name)}<br>')
    return comment(lines + ['</div>'])
