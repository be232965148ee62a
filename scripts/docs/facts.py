# SPDX-License-Identifier: MIT
"""What the fixed words of a function's comments say, as a line below its description."""
import re

import headers
from docs import doxygen

BLOCKS = {'no': 'does not wait', 'lock': "may wait for the context's lock",
          'device': 'waits only where a device answers', 'waits': 'waits'}


class Facts:
    """Says in a line what the fixed words of a function's comments say."""

    def __init__(self, root):
        self.reference = headers.Reference(root)

    def __call__(self, header, found):
        place = self.reference.places.get(found.name)
        words = [f'physmem/{header.removeprefix("physmem/")}']
        if found.kind == 'function' and place:
            result = found.text.split('(')[0].rsplit(found.name, 1)[0].strip()
            parameters = re.findall(r'(\w+)(?=[,)])', found.text)
            known = self.reference.facts(found.name, *place, parameters, result)
            words = [*self.words(known), *words]
        return doxygen.escape(' · '.join(words))

    def words(self, facts):
        if 'thread' in facts:
            yield facts['thread'].capitalize()
            yield BLOCKS[facts['blocks']]
        if facts.get('calls'):
            yield 'may call ' + ', '.join(facts['calls'])
        if facts.get('ownership') == 'borrowed':
            yield 'result is borrowed'
        elif facts.get('release'):
            yield f'give the result back with {facts["release"]}()'
        if 'since' in facts:
            yield f'since {facts["since"]}'
