# SPDX-License-Identifier: MIT
"""Writes the reference for doxygen: one file for each group, with the declarations of the headers
and their comments."""
import re

from docs import groups, markdown, site


def slash(lines):
    """Lines of a doxygen comment."""
    return [f'/// {line}'.rstrip() for line in lines]


def section_id(header, section):
    name = header.removeprefix('physmem/').removesuffix('.h')
    return f'{name}-{markdown.slug(section.title or "start")}'


READABLE = 'A program may read the fields that are marked readable, and writes none (docs/stability.md).'


def privacy(found):
    """Says that there are fields which the page does not show."""
    readable = any(member.comment.startswith('readable') for member in found.members)
    other = f"{'Other' if found.members else 'Its'} fields are private."
    return f'{READABLE} {other}' if readable else other


def brief(sentence):
    return [f'\\brief {sentence}', '', sentence, '']


# How a declaration is described that has no comment.
KINDS = {'struct': 'A structure', 'union': 'A union', 'enum': 'Constants', 'typedef': 'A type',
         'macro': 'A macro', 'function': 'A function', 'variable': 'A variable'}


class Reference:
    """Writes groups. 'facts' maps a function to a line of facts."""

    def __init__(self, writer, sources, facts):
        self.writer, self.sources, self.facts = writer, sources, facts
        self.introduced = set()

    def group(self, group):
        """The text of a file for a group."""
        lines = slash([f'\\defgroup api-{group.id} {group.title}',
                       *self.writer.comment(group.text)])
        for header, _ in group.parts:
            lines += slash(self.head(header))
        lines += ['/// \\{', '']
        for header, section in groups.sections(group, self.sources):
            lines += self.section(header, section)
        return '\n'.join(lines + ['/// \\}', ''])

    def head(self, header):
        if header in self.introduced:
            return []
        self.introduced.add(header)
        text = self.writer.comment(self.sources[header].head)
        return [f'\\section {site.header_label(header)} {header}', *text]

    def section(self, header, section):
        """The structures of a section, and then its other declarations, which have a heading."""
        declarations = [(block, found) for block in section.blocks for found in block.declarations]
        types = [pair for pair in declarations if pair[1].kind in ('struct', 'union', 'enum')]
        others = [pair for pair in declarations if pair not in types]
        lines = self.declared(header, section, types)
        if not others:
            return lines
        title = section.title or header
        lines += slash([f'\\name {title}', *self.introduction(header, section), '\\{']) + ['']
        return lines + self.declared(header, section, others) + ['/// \\}', '']

    def introduction(self, header, section):
        if not section.comment:
            return []
        return [f'\\anchor {section_id(header, section)}', *self.writer.comment(section.comment)]

    def declared(self, header, section, pairs):
        lines = []
        for block, found in pairs:
            if not self.is_elsewhere(found):
                lines += slash(self.documentation(header, section, block, found))
                lines += self.declaration(header, found) + ['']
        return lines

    def is_elsewhere(self, found):
        """A typedef whose structure another header describes."""
        kind = self.writer.names.kinds[found.name]
        return found.kind == 'typedef' and kind in ('struct', 'union')

    def documentation(self, header, section, block, found):
        """The comment of a declaration. One without a comment is described by its section."""
        lines = self.writer.described(block.comment) if block.comment else []
        if not block.comment and section.comment:
            lines = [f'See \\ref {section_id(header, section)} "{section.title}".', '']
        elif not block.comment:
            lines = brief(f'{KINDS[found.kind]} of \\ref {site.header_label(header)} "{header}".')
        if found.has_private:
            lines += self.writer.comment(privacy(found))
        facts = self.facts(header, found)
        return lines + ([f'<div class="facts">{facts}</div>'] if facts else [])

    def declaration(self, header, found):
        if found.kind in ('struct', 'union'):
            return [f'{found.kind} {found.name} {{', *self.members(found, ';'), '};']
        if found.kind == 'enum':
            return [f'enum {found.name} {{', *self.members(found, ','), '};']
        return found.text.splitlines()

    def members(self, found, end):
        lines = []
        for member in found.members:
            text = re.sub(r'\b(LIST|TAILQ)_(HEAD|ENTRY)\(,? ?(\w+)\)', r'struct \1_\2', member.text)
            if member.comment:
                lines += slash(self.writer.described(member.comment))
            lines.append(text.rstrip(end) + end)
        return lines
