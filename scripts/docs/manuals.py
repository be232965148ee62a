# SPDX-License-Identifier: MIT
"""Makes the manual pages: physmem-NAME(3) of each header, with a link for each of its functions,
and pages of section 7 of the guide."""
import os
import posixpath
import re

from docs import markdown, roff

# Pages of the guide: name, and what stands behind it in NAME.
GUIDE = {'docs/guide/concepts.md': ('physmem-concepts', 'the ideas of libphysmem'),
         'docs/threads.md': ('physmem-threads',
                             'threads, signals, cancellation and fork() with libphysmem')}
PACKAGES = {'inline/access': 'physmem-inline', 'kvm': 'physmem-kvm',
            'unicorn': 'physmem-unicorn', 'serve': 'physmem-serve'}
WIDTH = 76


def manual_of(header):
    name = re.sub('[_/]', '-', header.removeprefix('physmem/').removesuffix('.h'))
    return 'libphysmem' if name == 'physmem' else f'physmem-{name}'


def summary(head):
    """What a header is for: its first sentence, without what it cites."""
    sentence = re.split(r'\.(?:\s|$)', ' '.join(head.split()), maxsplit=1)[0]
    sentence = re.sub(r' \([sS]pecification[^)]*\)', '', sentence)
    sentence = sentence.removeprefix('libphysmem: ')
    return sentence if re.match(r'[A-Z]{2}', sentence) else sentence[0].lower() + sentence[1:]


# ---- Section 3 -----------------------------------------------------------------------------------

def header_page(source, version, versions, others):
    """The page of a header."""
    name = manual_of(source.name)
    writer = roff.Writer()
    found = [*roff.begin(name, 3, version), '.SH NAME',
             f'{roff.escape(name)} \\- {roff.escape(summary(source.head))}',
             *synopsis(source.name), '.SH DESCRIPTION', *writer.comment(source.head)]
    for section in source.sections:
        found += section_lines(writer, section)
    return roff.finished(found + history(source, versions) + see_also(others))


def synopsis(header):
    package = PACKAGES.get(header.removeprefix('physmem/').removesuffix('.h'), 'physmem')
    return ['.SH SYNOPSIS', '.nf', roff.bold(f'#include <{header}>'), '\\&',
            roff.escape(f'cc program.c $(pkg-config --cflags --libs {package})'), '.fi']


def section_lines(writer, section):
    found = writer.comment(section.comment)
    for block in section.blocks:
        found += block_lines(writer, block)
    heading = ['.SH ' + roff.title(section.title or 'Declarations', True)]
    return heading + found if found else []


def block_lines(writer, block):
    if not block.declarations:
        return []
    shown = [line for found in block.declarations for line in declaration(found)]
    text = writer.comment(block.comment)
    return ['.PP', '.nf', *shown, '.fi', *(['.RS 4', *text, '.RE'] if text else [])]


def declaration(found):
    """The lines of a declaration, as a program would write them."""
    if found.kind == 'macro':
        return [roff.bold(re.sub(r'\s*\\\n\s*', ' ', without_comment(found.text)))]
    if found.kind not in ('struct', 'union', 'enum'):
        return [roff.bold(line) for line in wrapped(found.text)]
    private = [roff.escape('    /* other fields are private */')] if found.has_private else []
    fields = [line for before, member in zip([None, *found.members], found.members)
              for line in member_lines(member, before)]
    return [roff.bold(f'{found.kind} {found.name} {{'), *fields, *private, roff.bold('};')]


def without_comment(text):
    return re.sub(r'\s*/\*.*?\*/', '', text, flags=re.S)


def member_lines(member, before):
    """A field below its comment, unless it shares that with the field before."""
    shared = before and before.comment == member.comment
    text = ['    ' + line for line in filled('' if shared else member.comment)]
    note = [roff.escape(line) for line in text]
    return note + [roff.bold('    ' + line) for line in wrapped(member.text)]


def filled(text):
    """A text as a comment of C."""
    found = ['/*']
    for word in text.split():
        if len(found[-1]) + len(word) > WIDTH - 8:
            found.append(' *')
        found[-1] += ' ' + word
    return [*found[:-1], found[-1] + ' */'] if text else []


def wrapped(text):
    """A prototype in lines, which end behind parameters."""
    found, margin = [''], ' ' * 8
    for part in re.findall(r'[^,]+,? ?', text):
        if len(found[-1]) + len(part) > WIDTH and found[-1].strip():
            found.append(margin)
        found[-1] += part
    return [line.rstrip() for line in found]


def see_also(names):
    listed = [f'.BR {roff.escape(name)} ({section}),' for name, section in names]
    return ['.SH "SEE ALSO"', *listed[:-1], listed[-1].rstrip(',')]


def history(source, versions):
    """Since when the functions of a header exist."""
    by_version = {}
    for found in source.declarations():
        if found.name in versions:
            by_version.setdefault(versions[found.name], []).append(found.name)
    lines = []
    for number, (version, names) in enumerate(sorted(by_version.items())):
        listed = ', '.join(roff.bold(name + '()') for name in names) if number else 'The functions'
        lines += ['.PP', f'{listed}: since libphysmem {roff.escape(version)}.']
    return ['.SH HISTORY', *lines] if lines else []


# ---- Section 7 -----------------------------------------------------------------------------------

def guide_page(root, path, version, others):
    name, purpose = GUIDE[path]
    manuals = {other: f'{title[0]}(7)' for other, title in GUIDE.items()}
    writer = roff.Writer(manuals, lambda link: posixpath.normpath(
        posixpath.join(posixpath.dirname(path), link.partition('#')[0])))
    with open(f'{root}/{path}', encoding='utf-8') as file:
        blocks = markdown.blocks(file.read())[1:]
    begin = [] if blocks[0][0] == 'heading' else ['.SH DESCRIPTION']
    found = [*roff.begin(name, 7, version), '.SH NAME',
             f'{roff.escape(name)} \\- {roff.escape(purpose)}', *begin, *writer.blocks(blocks)]
    return roff.finished(found + see_also(others))


# ---- All -----------------------------------------------------------------------------------------

def make(root, folder, sources, version, versions):
    """Writes all pages to FOLDER/man3 and FOLDER/man7."""
    pages = [(manual_of(name), 3) for name in sources] + [(name, 7) for name, _ in GUIDE.values()]
    for section in (3, 7):
        os.makedirs(f'{folder}/man{section}', exist_ok=True)
    for name, source in sources.items():
        page = (manual_of(name), 3)
        text = header_page(source, version, versions, without(pages, page))
        write(f'{folder}/man3/{page[0]}.3', text)
    for path, (name, _) in GUIDE.items():
        text = guide_page(root, path, version, without(pages, (name, 7)))
        write(f'{folder}/man7/{name}.7', text)
    for source in sources.values():
        for found in source.declarations():
            if found.kind == 'function':
                write(f'{folder}/man3/{found.name}.3', f'.so man3/{manual_of(source.name)}.3\n')


def without(pages, page):
    return sorted(other for other in pages if other != page)


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
