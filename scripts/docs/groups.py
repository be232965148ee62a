# SPDX-License-Identifier: MIT
"""Reads docs/site/groups.txt: which group of the reference shows which sections of which header."""
import re
from dataclasses import dataclass, field


@dataclass
class Group:
    id: str
    title: str
    text: str = ''
    parts: list = field(default_factory=list)   # (header, titles of sections, or None for all)


def read(path):
    groups = []
    with open(path, encoding='utf-8') as file:
        for line in file.read().splitlines():
            begin = re.match(r'\[(\w+)\] (.*)', line)
            part = re.match(r'([\w/]+\.h)(?:: (.*))?$', line)
            if begin:
                groups.append(Group(begin[1], begin[2]))
            elif part:
                titles = part[2].split(', ') if part[2] else None
                groups[-1].parts.append(('physmem/' + part[1], titles))
            elif groups and line.strip():
                groups[-1].text += line + '\n'
    return groups


def sections(group, sources):
    """Yields the sections that a group shows, with their headers."""
    for header, titles in group.parts:
        for section in sources[header].sections:
            if titles is None or (section.title or 'start') in titles:
                yield header, section


def faults(groups, sources):
    """Yields what is wrong with the groups: each section must be in one of them."""
    seen = [(header, section.title or 'start') for group in groups
            for header, section in sections(group, sources)]
    for header, source in sources.items():
        for section in source.sections:
            place = (header, section.title or 'start')
            if seen.count(place) != 1 and (section.title or section.blocks):
                yield (f'docs/site/groups.txt: expected {header}: {place[1]} in one group, '
                       f'not in {seen.count(place)}')
    for group in groups:
        for header, titles in group.parts:
            for title in titles or []:
                if title != 'head' and (header, title) not in seen:
                    yield f'docs/site/groups.txt: {header} has no section {title}'
