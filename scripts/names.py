# SPDX-License-Identifier: MIT
"""Finds names in prose that do not exist. scripts/check-reference uses this module.

In the comments of headers, a name with parentheses ("memory_drain()") must be one that programs can
use, and so must a word that begins as names of the library do. In pages and in the headers of
inline/, it may also be a name of the sources, and in a page one of its own listings.
"""
import functools
import glob
import os
import re

from headers import read

CALL = re.compile(r'(?<![\w/.$-])([A-Za-z_]\w*)\(\)')
# Words that begin so are names of the library.
OURS = re.compile(r'(?<![\w/.$"-])((?:memory_(?:region|context|global|listener)|address_space|'
                  r'flatview|'
                  r'cpu_physical_memory|qemu_ram|ram_block|ram_discard|iommu_notifier|object|'
                  r'physmem_serve|kvm_memory|unicorn_memory|MEMTX|MEMORY|RAM|IOMMU|DIRTY_MEMORY|'
                  r'GLOBAL_DIRTY|PHYSMEM)_\w+)(?![\w/.-]|\(\))')
WORD = re.compile(r'[A-Za-z_]\w*')
# Functions of the C library and of Unicorn.
FOREIGN = re.compile(r'abort|exit|v?fork|_Fork|posix_spawn|free|malloc|membarrier|open_memstream|'
                     r'uc_\w+')
# What pages name although, or because, it is not there.
ELSEWHERE = {'pci_dma_write', 'DIRTY_MEMORY_DEBUG'}
SOURCES = ['src', 'adapters', 'tool', 'examples', 'tests', 'bench', 'include', 'scripts']


def comments(text):
    """Yields (offset, comment) of a source."""
    for match in re.finditer(r'/\*.*?\*/', text, re.S):
        yield match.start(), match[0]


def mentioned(text):
    """Yields (offset, name) of each name in a text that ought to exist."""
    for pattern in CALL, OURS:
        for match in pattern.finditer(text):
            yield match.start(1), match[1]


def is_known(name, known):
    """Whether a name is known, or is the beginning or the end of known ones: "MO_", "_phys()"."""
    return name in known or FOREIGN.fullmatch(name) is not None or \
        name.endswith('_') and any(other.startswith(name) for other in known) or \
        name.startswith('_') and any(other.endswith(name) for other in known)


@functools.cache
def words_of_sources(root):
    found = set()
    for part in SOURCES:
        for path in glob.glob(f'{root}/{part}/**', recursive=True):
            if path.endswith(('.c', '.h', '.py', '.map', '.rs')):
                found.update(WORD.findall(read(path)))
    return found


def words_of_headers(root):
    """The names that a header declares: all words of its code."""
    found = set()
    for path in glob.glob(f'{root}/include/physmem/**/*.h', recursive=True):
        found.update(WORD.findall(re.sub(r'/\*.*?\*/', ' ', read(path), flags=re.S)))
    return found


def pages(root):
    return sorted(glob.glob(f'{root}/*.md') + glob.glob(f'{root}/docs/**/*.md', recursive=True))


def in_headers(root):
    public, sources = words_of_headers(root), words_of_sources(root)
    for path in sorted(glob.glob(f'{root}/include/physmem/**/*.h', recursive=True)):
        text = read(path)
        known = sources if '/inline/' in path else public
        for start, comment in comments(text):
            for offset, name in mentioned(comment):
                if not is_known(name, known):
                    yield path, text, start + offset, name


def in_pages(root):
    sources = words_of_sources(root) | ELSEWHERE
    for path in pages(root):
        text = read(path)
        listings = re.findall(r'```.*?```', text, re.S)
        known = sources.union(*map(WORD.findall, listings))
        prose = re.sub(r'```.*?```', lambda match: ' ' * len(match[0]), text, flags=re.S)
        for offset, name in mentioned(prose):
            if not is_known(name, known):
                yield path, text, offset, name


def wrong_names(root):
    """Yields (path, line, message) of each name that does not exist."""
    for found in in_headers, in_pages:
        for path, text, offset, name in found(root):
            line = text.count('\n', 0, offset) + 1
            yield os.path.relpath(path, root), line, f'{name}: there is no such name'
