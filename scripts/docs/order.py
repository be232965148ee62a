# SPDX-License-Identifier: MIT
"""Puts the sections of a group in the order of the headers. Doxygen orders them by what they have:
typedefs first, then functions, then macros."""
import re

LIST = re.compile(r'(?:<table class="memberdecls">.*?</table>)+', re.S)
SECTION = re.compile(r'<table class="memberdecls">.*?</table>', re.S)
TITLE = re.compile(r'<h2 class="groupheader">(?:<a [^>]*></a>\s*)?(.*?)</h2>', re.S)


def put_in_order(html, titles):
    """Orders a page. What is not in the titles, such as the list of structures, stays in front."""
    def place(section):
        title = TITLE.search(section)
        return titles.index(title[1].strip()) if title and title[1].strip() in titles else -1

    return LIST.sub(lambda found: ''.join(sorted(SECTION.findall(found[0]), key=place)), html, count=1)
