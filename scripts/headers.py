# SPDX-License-Identifier: MIT
"""Reads the public headers as text: comments, and what they say in the fixed words that
include/physmem/physmem.h explains. scripts/write-api, scripts/check-reference and what builds the
pages and manuals use this module. It needs no compiler.

A comment is the one beside or above a declaration; declarations without an empty line between them
share it. A declaration without a comment has the one at the head of its section.
"""
import functools
import glob
import os
import re

INLINE_ACCESS = 'physmem/inline/access.h'
ADAPTERS = ['kvm', 'serve', 'unicorn']
DECLARED = re.compile(r'^PHYSMEM_(?:API|INLINE)\b[^;{(]*?\b(\w+)(?:\(|;| =)', re.M)
MACRO = re.compile(r'^#define (?!PHYSMEM_\w+_H$)(\w+)', re.M)
HEADING = '/* ----'


class Header:
    """A public header with its comments. Lines are counted from 1."""

    def __init__(self, root, name):
        with open(f'{root}/include/{name}', encoding='utf-8') as file:
            self.text = file.read()
        self.name = name
        self.lines = self.text.splitlines()

    @functools.cached_property
    def head(self):
        """The text at the head of the header, below the licence."""
        text = self.text[:self.text.index('*/')]
        return tidy('/*\n' + text.split('\n *\n', 1)[1]) if '\n *\n' in text else ''

    @functools.cached_property
    def declared(self):
        """The lines of the functions and variables that are marked as public, by their names."""
        return {match[1]: self.text.count('\n', 0, match.start()) + 1
                for match in DECLARED.finditer(self.text)}

    @functools.cached_property
    def macros(self):
        """The lines of the macros, by their names. Include guards are left out, and macros that the
        header takes back."""
        return {match[1]: self.text.count('\n', 0, match.start()) + 1
                for match in MACRO.finditer(self.text) if f'#undef {match[1]}\n' not in self.text}

    @functools.cache
    def comment(self, line):
        """The comment of the declaration that begins in this line."""
        return self.own_comment(line) or self.section(line)

    def own_comment(self, line):
        """The comment beside or above a declaration, or ''."""
        beside = re.search(r'/\*(.*?)\*/\s*\\?$', self.lines[line - 1])
        return tidy(beside[1]) if beside else self.above(line)

    def above(self, line):
        begin = self.begin_above(line)
        end = begin
        while begin and '*/' not in self.lines[end - 1]:
            end += 1
        return tidy('\n'.join(self.lines[begin - 1:end])) if begin else ''

    def begin_above(self, line):
        """Where the comment begins that stands above the lines without an empty one which end
        before this line. 0: there is none."""
        index = line - 1
        while index > 0 and self.lines[index - 1].strip() and not self.ends_comment(index - 1):
            index -= 1
        if index == 0 or not self.ends_comment(index - 1):
            return 0
        while '/*' not in self.lines[index - 1]:
            index -= 1
        return index

    def previous(self, line):
        """The comment before the one of the declaration that begins in this line."""
        end = max(self.begin_above(line) - 1, 0)
        while end > 0 and not (self.ends_comment(end - 1) and self.above(end + 1)):
            end -= 1
        return self.above(end + 1) if end else ''

    def heading(self, line):
        """The line of the heading of the section that this line lies in. 0: there is none."""
        return max((n for n in range(1, line + 1) if self.lines[n - 1].startswith(HEADING)),
                   default=0)

    @functools.cache
    def section(self, line):
        """The text below the heading of the section that this line lies in."""
        begin = end = self.heading(line)
        while begin and '*/' not in self.lines[end - 1]:
            end += 1
        return tidy('\n'.join(self.lines[begin:end])) if begin else ''

    def ends_comment(self, index):
        """Whether a comment that stands alone ends in this line, counted from 0."""
        line = self.lines[index].strip()
        return line.endswith('*/') and (line.startswith(('/*', '*')) or '/*' not in line)


def tidy(comment):
    """The text of a comment. Paragraphs are separated by empty lines."""
    lines = [re.sub(r'^\s*(/\*|\*/|\*(?!\*))?\s?|\s*\*/\s*$', '', line)
             for line in comment.splitlines()]
    text = '\n'.join(line.rstrip() for line in lines).strip()
    return '' if text.startswith('----') or 'SPDX' in text else text


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


# ---- The words -----------------------------------------------------------------------------------

CLASS = r'(edit side|read side|any thread, not in a read section|any thread)\b'
STATED = re.compile(rf'(?:^|[.;:]\s+|\b(?:is|are|from)\s+){CLASS}', re.I)
NAMED = re.compile(rf'\b(\w+)\(\) (?:is|may be called from) {CLASS}')
# A rule at the head of a header or of a section.
RULE = re.compile(rf'Unless its comment says otherwise, every function (?:here|below) '
                  rf'(?:is|may be called from) {CLASS}')
BLOCKS = {'edit side': 'lock', 'read side': 'device', 'any thread': 'no',
          'any thread, not in a read section': 'lock'}
SAYS_BLOCKS = [('waits', r'\bWaits\b'), ('lock', r"\b[Tt]akes? the (?:context's )?lock\b"),
               ('no', r'\b[Dd]oes not (?:block|wait)\b|\bwait-free\b')]
CALLS = {'edit side': ['hooks', 'listeners'], 'read side': ['devices', 'hooks', 'methods']}
SAYS_CALLS = [('devices', r'\b[Cc]alls (?:the )?device|\bof the device\b'),
              ('initializers', r'\binstance_init\b|\bclass_init\b'),
              ('methods', r'\b[Cc]alls? the method\b'),
              ('finalizers', r'\binstance_finalize\b|\b(?:owner|object) may end\b'),
              ('notifiers', r'\b[Nn]otifiers? (?:is|are) (?:told|called)|'
                            r'\b[Cc]alls? the notifiers'),
              ('hooks', r'\b[Cc]alls? (?:\w+ )?MemoryContextHooks\.')]
QUIET = {'devices': re.compile(r'\bNo device is called\b'),
         'listeners': re.compile(r'\b[Nn]o listener is told\b')}
RELEASED = re.compile(r'(?:frees|releases|gives|ends|destroys)\b[^.;]{0,30}? with (\w+)\(|'
                      r'(\w+)\(\) (?:ends|frees|releases|gives back) |'
                      r"is the caller's \((\w+)\(\)\)|reference on the \w+ \((\w+)\(\)\)")
BORROWED = re.compile(r'\b[Bb]orrowed\b|\b[Vv]alid (?:as long as|until|while|in)\b|'
                      r'\bNo reference is taken\b|\bwithout a reference\b|'
                      r'\bbelongs? to the library\b')
DELEGATES = re.compile(r'\b(?:[Dd]o(?:es)? what|Calls?) (\w+)\(\)(?: and (\w+)\(\))?|'
                       r'\bas (\w+)\(\) (?:does|is)\b')
SAME = re.compile(r'\bDo(?:es)? the same\b')


def parameter_names(text):
    """The names that a list of parameters explains: lines such as "  addr, len  bytes"."""
    return {name for line in re.findall(r'^ {2,}(\w+(?:, \w+)*)  +\S', text, re.M)
            for name in line.split(', ')}


@functools.cache
def flat(text):
    return ' '.join(text.split())


class Reference:
    """What the comments of all public headers say of each function and variable."""

    def __init__(self, root):
        self.headers = {name: Header(root, name)
                        for name in ['physmem/physmem.h', *core_headers(root), INLINE_ACCESS,
                                     *adapter_headers(root)]
                        if os.path.exists(f'{root}/include/{name}')}
        self.places = {symbol: (header, line) for header in self.headers.values()
                       for symbol, line in header.declared.items()}
        self.versions = versions(root)

    @functools.cache
    def chain(self, header, line):
        """The places of a declaration and of those that its comment refers to."""
        places = [(header, line)]
        for name in delegates(header.comment(line)):
            place = self.places.get(name, (header, line))
            if place not in places:
                places += self.chain(*place)
        return places

    @functools.cache
    def texts(self, header, line):
        """What holds for a declaration, the nearest first: its comment, the one before it if it
        says "Does the same", and those that it refers to."""
        texts = [flat(at.comment(where)) for at, where in self.chain(header, line)]
        same = [flat(header.previous(line))] if SAME.search(texts[0]) else []
        return texts[:1] + same + texts[1:]

    def thread(self, name, header, line):
        """The class of threads that may call the function, or None if it is not said."""
        for text in self.texts(header, line):
            named = dict(NAMED.findall(text))
            stated = STATED.search(NAMED.sub('', text))
            if name in named or stated:
                return named.get(name) or stated[1].lower()
        rules = (RULE.search(flat(text)) for at, where in self.chain(header, line)
                 for text in (at.section(where), at.head))
        return next((rule[1] for rule in rules if rule), None)

    def facts(self, name, header, line, parameters=(), result=''):
        """The facts of a function: 'thread', 'blocks', 'calls', 'since', and, where a pointer is
        returned, 'ownership' and 'release'. A fact that is not said is left out."""
        texts = self.texts(header, line)
        thread = self.thread(name, header, line)
        found = {'thread': thread, 'since': self.versions.get(name)}
        if thread:
            found['blocks'] = blocks(thread, texts)
            found['calls'] = calls(thread, texts, parameters)
        if result.endswith('*'):
            found.update(ownership(texts))
        return {key: value for key, value in found.items() if value is not None}


def delegates(text):
    """The functions whose comments a comment refers to."""
    return [name for match in DELEGATES.finditer(flat(text)) for name in match.groups() if name]


def near(texts):
    """The text that says whom a function calls: its comment, and that of the function for which it
    is another name."""
    return ' '.join(texts if SAME.match(texts[0]) or DELEGATES.match(texts[0]) else texts[:1])


def blocks(thread, texts):
    if QUIET['devices'].search(near(texts)):
        return 'no'
    return next((word for text in texts for word, says in SAYS_BLOCKS if re.search(says, text)),
                BLOCKS[thread])


def calls(thread, texts, parameters):
    """Who may be called during the call: 'devices', 'listeners', ..., or a parameter."""
    text = near(texts)
    said = [word for word, says in SAYS_CALLS if re.search(says, text)]
    said += [name for name in parameters if is_called(name, text)]
    quiet = [word for word, says in QUIET.items() if says.search(text)]
    return sorted({*CALLS.get(thread, []), *said}.difference(quiet))


def is_called(parameter, text):
    """Whether a text says that this parameter, a function, is called. "The notifier is called" is
    about what a parameter is for."""
    return re.search(rf'(?:^|[.:;] )Calls {parameter}\b|(?<!A )(?<!he )\b{parameter} is called\b',
                     text) is not None


def ownership(texts):
    """Who owns what a function returns: {'ownership': 'caller', 'release': function} or
    {'ownership': 'borrowed'}, or {} if that is not said."""
    for text in texts:
        match = RELEASED.search(text)
        if match:
            return {'ownership': 'caller', 'release': next(filter(None, match.groups()))}
        if BORROWED.search(text):
            return {'ownership': 'borrowed'}
    return {}


# ---- The files -----------------------------------------------------------------------------------

def core_headers(root):
    """The headers of the core library, as programs include them."""
    included = re.findall(r'#include <(physmem/\w+\.h)>', read(f'{root}/include/physmem/physmem.h'))
    return included + ['physmem/inline/cache.h']


def adapter_headers(root):
    return [f'physmem/{name}.h' for name in ADAPTERS]


def versions(root):
    """The version of the library that each symbol came with, from the version scripts."""
    found = {}
    for path in glob.glob(f'{root}/src/*.map') + glob.glob(f'{root}/adapters/*/*.map'):
        for version, symbols in re.findall(r'^PHYSMEM_(?:[A-Z]+_)?([\d.]+) \{(.*?)^\}', read(path),
                                           re.M | re.S):
            found.update(dict.fromkeys(re.findall(r'^\s+(\w+);', symbols, re.M), version))
    return found
