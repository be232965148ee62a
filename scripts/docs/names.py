# SPDX-License-Identifier: MIT
"""What the words of the pages lead to: public names, pages, sections of the specification."""
import re

# Words of prose that are names as well. They lead somewhere only where they are marked as code.
WORDS = {'Error', 'Object', 'Type', 'OBJECT', 'DEVICE'}

# The usual name of a type that has another one for some programs.
ALIASES = {'DeviceState': 'PhysmemDevice'}

NAME = r"[A-Za-z_]\w*"
# A call; a field of a structure; a file of docs/ or a header; a name.
TOKEN = re.compile(rf"(?P<call>\b{NAME}\(\))|(?P<field>\b{NAME}\.{NAME}\b(?!\.))"
                   rf"|(?P<quoted>'{NAME}(?:\.\w+)*')|(?P<name>\b{NAME}\b)")


class Names:
    """The public names: 'kinds' says what each one is, 'fields' which fields of structures have a
    comment."""

    def __init__(self, sources):
        self.kinds, self.fields, self.homes = {}, {}, dict(ALIASES)
        for source in sources:
            for declaration in source.declarations():
                self.add(declaration)

    def add(self, declaration):
        known = self.kinds.get(declaration.name)
        if known in (None, 'typedef'):
            self.kinds[declaration.name] = declaration.kind
        for member in declaration.members:
            name = member_name(member.text)
            if declaration.kind == 'enum':
                self.kinds.setdefault(name, 'enumerator')
                if not member.comment:
                    self.homes[name] = declaration.name
            else:
                self.fields[declaration.name, name] = bool(member.comment)

    def is_known(self, name):
        return name in self.kinds or name in self.homes

    def home(self, name):
        """The name that has the description: a constant without one is described with its type."""
        return self.homes.get(name, name)

    def field_home(self, structure, name):
        """The same for a field."""
        return f'{structure}::{name}' if self.fields[structure, name] else self.home(structure)

    def is_field(self, structure, name):
        return (structure, name) in self.fields

    def stands_out(self, name):
        """Whether a name in prose cannot be an ordinary word."""
        return (self.is_known(name) and name not in WORDS and
                ('_' in name or re.search(r'[a-z][A-Z]|[A-Z]{2}', name) is not None))


def member_name(text):
    """The name of a field or of a constant."""
    text = text.strip().rstrip(';,').strip()
    called = re.search(r'\(\*(\w+)\)\s*\(', text)
    if called and '}' not in text:
        return called[1]
    if re.match(r'[A-Z]\w*\s*(=|$)', text):
        return re.match(r'\w+', text)[0]
    found = re.search(r'(\w+)(\s*\[[^\]]*\]|\s*:\s*\d+)*$', text)
    if not found:
        raise SystemExit(f'scripts/docs/names.py: expected a field with a name, not "{text}"')
    return found[1]
