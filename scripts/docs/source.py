# SPDX-License-Identifier: MIT
"""Reads a public header as a text: sections, and in them blocks of one comment and the declarations
that share it. The rules are those of scripts/write-api: declarations without an empty line between
them share the comment above them."""
import re
from dataclasses import dataclass, field

HEADING = re.compile(r'/\* ---- (.*?) -+ \*')
# Lines that declare nothing.
SILENT = re.compile(r'PHYSMEM_(BEGIN|END)_DECLS|#include|#undef|PHYSMEM_[A-Z_]+\(|DECLARE_|'
                    r'/\* clang-format|extern "C"')
# Without these macros the readers' programs see what the pages show.
UNSET = re.compile(r'__cplusplus|PHYSMEM_IO_OF_CURRENT_CONTEXT')
MARKS = re.compile(r'\b(PHYSMEM_API|PHYSMEM_INLINE|PHYSMEM_ALWAYS_INLINE|static inline|'
                   r'__extension__|extern)\b')
# Macros that only make other declarations.
HELPERS = re.compile(r'PHYSMEM_\w*(_H|FORMS|FIELD|ATTRIBUTES|CONSTRUCT|API|INLINE|DECLS)$|'
                     r'PhysmemDevice')


@dataclass
class Member:
    """A field of a structure, or a constant of an enumeration."""
    text: str
    comment: str = ''


@dataclass
class Declaration:
    kind: str
    name: str
    text: str           # without comments, body and attributes
    line: int
    members: list = field(default_factory=list)
    has_private: bool = False   # some members are left out


@dataclass
class Block:
    """A comment with the declarations that it is about."""
    comment: str
    declarations: list = field(default_factory=list)


@dataclass
class Section:
    title: str          # empty: what stands before the first heading
    comment: str
    blocks: list = field(default_factory=list)


def tidy(comment):
    """The text of a comment without its margin. Paragraphs are separated by empty lines."""
    lines = [re.sub(r'^\s*(/\*|\*/|\*(?!\*))?\s?|\s*\*/\s*$', '', line)
             for line in comment.splitlines()]
    return '\n'.join(line.rstrip() for line in lines).strip('\n')


def kept_lines(text):
    """Yields (number, line) of the lines that a C program sees. Of two branches it is the #else."""
    stack = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        word = re.match(r'\s*#\s*(if\w*|else|endif)\b(.*)', line)
        if not word:
            if all(stack):
                yield number, line
        elif word[1] == 'else':
            stack[-1] = not stack[-1]
        elif word[1] == 'endif':
            stack.pop()
        else:
            stack.append(not has_else(lines, number) and
                         (word[1] == 'ifndef' or not UNSET.search(word[2])))


def has_else(lines, number):
    """Whether the condition in this line has an #else."""
    depth = 0
    for line in lines[number:]:
        if re.match(r'\s*#\s*if', line):
            depth += 1
        elif re.match(r'\s*#\s*endif', line):
            if depth == 0:
                return False
            depth -= 1
        elif re.match(r'\s*#\s*else', line) and depth == 0:
            return True
    return False


# ---- Pieces: comments, and declarations as text -------------------------------------------------

def without_comments(text):
    return re.sub(r'/\*.*?\*/', '', text, flags=re.S)


def is_complete(text):
    """Whether a declaration or a comment ends here."""
    if text.lstrip().startswith('/*'):
        return '*/' in text
    if text.lstrip().startswith('#'):
        return not text.endswith('\\')
    code = without_comments(text)
    if '/*' in code or code.count('{') != code.count('}') or code.count('(') != code.count(')'):
        return False
    return bool(re.search(r'[;}]\s*$', code)) or bool(SILENT.match(text.strip()))


def pieces(lines):
    """Yields (line, text) of each comment and declaration, and (line, '') of each empty line."""
    begin, gathered = 0, []
    for number, line in lines:
        if not gathered and not line.strip():
            yield number, ''
            continue
        begin = begin if gathered else number
        gathered.append(line)
        text = '\n'.join(gathered)
        if is_complete(text):
            yield begin, text
            gathered = []


# ---- Declarations ------------------------------------------------------------------------------

def clean(text):
    """The declaration as a program would write it: without marks, attributes and body."""
    text = without_comments(text)
    text = re.sub(r'__attribute__\(\(.*?\)\)\)?', '', text, flags=re.S)
    text = MARKS.sub('', text)
    if not re.match(r'\s*(typedef )?\s*(struct|enum|union)\b[^()]*\{', text):
        text = re.sub(r'\n\{.*', ';', text, flags=re.S)
    return re.sub(r'[ \t]+\n', '\n', text).strip()


def flat(text):
    return re.sub(r'\(\s+', '(', re.sub(r'\s+', ' ', text)).strip()


def declaration(line, text):
    """The declaration in a text, or None."""
    macro = re.match(r'#define (\w+)(\([^)]*\))?(.*)', text, re.S)
    if macro:
        return None if HELPERS.match(macro[1]) else Declaration('macro', macro[1], text, line)
    if SILENT.match(text.strip()):
        return None
    code = clean(text)
    composed = re.match(r'(?:typedef )?(struct|enum|union) (\w+)?\s*\{(.*)\}\s*(\w*);', code, re.S)
    if composed:
        body = re.search(r'\{(.*)\}', text, re.S)[1]
        listed, has_private = members(composed[1], body)
        return Declaration(composed[1], composed[4] or composed[2], code, line, listed, has_private)
    if code.startswith('typedef'):
        name = (re.search(r'\(\*?(\w+)\)\s*\(', flat(code)) or
                re.search(r'(\w+)(?=;$|\()', flat(code)))
        return Declaration('typedef', name[1], flat(code), line)
    name = re.search(r'(\w+)\(', code)
    if name:
        return Declaration('function', name[1], flat(code), line)
    return Declaration('variable', re.search(r'(\w+);', code)[1], flat(code), line)


# ---- Members of structures and enumerations -----------------------------------------------------

TOKEN = re.compile(r'/\*.*?\*/|\n|[{}();,]|[^{}();,\n/]+|/', re.S)


def member_pieces(body, end):
    """Yields (member, comment beside it), ('', comment) and, for an empty line, ('', '')."""
    statement, depth, complete, newlines = '', 0, None, 0
    for token in TOKEN.findall(body):
        newlines = newlines + 1 if token == '\n' else newlines if not token.strip() else 0
        if token.startswith('/*'):
            if complete:
                yield complete, token
                complete = None
            elif not statement.strip():
                yield '', token
            continue
        if complete and token.strip() or complete and token == '\n':
            yield complete, ''
            complete = None
        if newlines == 2:
            yield '', ''
        depth += (token in '{(') - (token in '})')
        if token == end and not depth:
            complete, statement = flat(statement + token), ''
        else:
            statement += token
    if complete or statement.strip():
        yield complete or flat(statement), ''


def members(kind, body):
    """The public members of a body, and whether there are others. Of the private ones those that
    are marked readable are listed."""
    body = '\n'.join(line for _, line in kept_lines(body))
    found, above, private, left_out = [], '', False, False
    for text, comment in member_pieces(body, ',' if kind == 'enum' else ';'):
        note = tidy(comment)
        if not text:
            private = privacy(note, private) if note else private
            above = '' if is_mark(note) else note
        elif 'readable' in note or not private and not note.startswith('private'):
            found += [Member(field, note or above) for field in named(text)]
        else:
            left_out = True
    return found, left_out


def named(text):
    """The fields of a part without a name: all of a structure, the first of a union."""
    part = re.fullmatch(r'(?:__extension__ )?(union|struct) \{ (.*) \};', text)
    if not part:
        return [text]
    inside = [field for field, _ in member_pieces(part[2], ';') if field]
    return [field for one in inside[:1 if part[1] == 'union' else None] for field in named(one)]


def is_mark(note):
    return bool(re.match(r'[Pp]rivate\b|public again|Everything below is private', note))


def privacy(note, before):
    if note.startswith('public again'):
        return False
    return before or is_mark(note)


# ---- The whole header ---------------------------------------------------------------------------

class Source:
    """A public header: 'head' is the text at its top, 'sections' what it declares."""

    def __init__(self, root, name, whole=True):
        """If not 'whole', only the text at the head is read."""
        self.name = name
        with open(f'{root}/include/{name}', encoding='utf-8') as file:
            text = file.read()
        head = re.match(r'/\*.*?\*/', text, re.S)[0]
        self.head = tidy(head).partition('\n\n')[2]
        self.sections = [Section('', '')]
        if whole:
            self.read(expanded(text[len(head):], head.count('\n')))

    def read(self, lines):
        block = None
        for line, text in pieces(lines):
            heading = HEADING.match(text)
            if heading:
                self.sections.append(Section(*self.heading(heading[1], text)))
                block = None
            elif text.startswith('/*') and not SILENT.match(text):
                block = self.begin(tidy(text))
            elif not text:
                block = None
            else:
                block = self.add(block, line, text)

    def heading(self, title, text):
        """The title of a section, without what it cites, and the text below it."""
        below = tidy(text).partition('\n')[2].strip('\n')
        return re.sub(r' \(specification.*\)', '', title), below

    def begin(self, comment):
        block = Block(comment)
        self.sections[-1].blocks.append(block)
        return block

    def add(self, block, line, text):
        found = declaration(line, text)
        if not found or self.is_known(found):
            return block
        beside = re.search(r'/\*(.*?)\*/\s*$', text) if '\n' not in text else None
        if beside and beside[1].strip() != 'private':
            self.begin(tidy(beside[0])).declarations.append(found)
            return block
        block = block or self.begin('')
        block.declarations.append(found)
        return block

    def is_known(self, found):
        """Macros of the same name stand before functions, and do what these do."""
        return found.kind == 'macro' and any(d.name == found.name for d in self.declarations())

    def declarations(self):
        return [d for section in self.sections for block in section.blocks
                for d in block.declarations]


def expanded(text, lines_before):
    """The lines of a header. Fields that a macro lists stand where it is used."""
    listed = re.search(r'#define PHYSMEM_REGION_ATTRIBUTES.*?(?=\n\n)', text, re.S)
    fields = re.findall(r'ATTRIBUTE\((.*?), (\w+)\)\s*(/\*.*?\*/)?', listed[0]) if listed else []
    lines = '\n'.join(f'{kind} {name}; {note}' for kind, name, note in fields)
    text = re.sub(r'\n +PHYSMEM_REGION_ATTRIBUTES\(\w+\)(?=\n)', lambda _: '\n' + lines, text)
    text = re.sub(r'\n *__extension__ union \{\n *MemoryRegionAttributes attributes;\n'
                  r' *__extension__ struct \{\n(.*?)\n *\};\n *\};', r'\n\1', text, flags=re.S)
    return [(number + lines_before, line) for number, line in kept_lines(text)]


# ---- Functions that macros declare --------------------------------------------------------------

def add_listed(sources, functions):
    """Adds the functions of docs/physmem-api.json that no header declares word for word. Their
    comments say where they belong."""
    by_name = {source.name: source for source in sources}
    for entry in functions:
        source = by_name[entry['header']]
        if not any(d.name == entry['name'] for d in source.declarations()):
            block_for(source, entry.get('comment', '')).declarations.append(listed(entry))


def listed(entry):
    name, result = entry['name'], entry['result']
    arguments = ', '.join(f"{p['type']} {p['name']}".replace('* ', '*')
                          for p in entry['parameters'])
    result += '' if result.endswith('*') else ' '
    return Declaration('function', name, f"{result}{name}({arguments or 'void'});", 0)


def block_for(source, comment):
    """The block with this comment, or one of the section with this text below its heading."""
    for section in source.sections:
        for block in section.blocks:
            if block.comment.strip() == comment.strip():
                return block
        if section.comment.strip() == comment.strip():
            section.blocks.append(Block(''))
            return section.blocks[-1]
    source.sections[-1].blocks.append(Block(comment))
    return source.sections[-1].blocks[-1]
