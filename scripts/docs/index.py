# SPDX-License-Identifier: MIT
"""Makes the list that the search of the site looks through, from doxygen's tag file."""
import json
from xml.etree import ElementTree

# Pages and headings have titles, everything else has a name.
PAGES = ('page', 'group')


def members(compound, prefix):
    for member in compound.findall('member'):
        yield [prefix + member.findtext('name'), member.get('kind'),
               f"{member.findtext('anchorfile')}#{member.findtext('anchor')}"]
        for value in member.findall('enumvalue'):
            yield [value.text, 'enumerator', f"{value.get('file')}#{value.get('anchor')}"]


def headings(compound, file):
    for anchor in compound.findall('docanchor'):
        if anchor.get('title'):
            yield [anchor.get('title'), 'heading', f"{anchor.get('file', file)}#{anchor.text}"]


def entries(compound):
    kind, file = compound.get('kind'), compound.findtext('filename')
    file = file if file.endswith('.html') else file + '.html'
    if kind in PAGES:
        yield [compound.findtext('title'), 'page', file]
        yield from headings(compound, file)
        yield from members(compound, '') if kind == 'group' else ()
    elif kind in ('struct', 'union'):
        name = compound.findtext('name')
        yield [name, kind, file]
        yield from members(compound, name + '.')


def script(tags):
    found = {}
    for compound in ElementTree.fromstring(tags).findall('compound'):
        for name, kind, place in entries(compound):
            found.setdefault((name, place), [name, kind, place])
    listed = sorted(found.values(), key=lambda entry: entry[0].lower())
    return 'const NAMES = ' + json.dumps(listed, separators=(',', ':')) + ';\n'
