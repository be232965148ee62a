# SPDX-License-Identifier: MIT
"""Changes pages that doxygen has made. Doxygen orders the sections of a group by what they have:
typedefs first, then functions, then macros. Here they stand in the order of the headers."""
import re

LIST = re.compile(r'(?:<table class="memberdecls">.*?</table>)+', re.S)
SECTION = re.compile(r'<table class="memberdecls">.*?</table>', re.S)
TITLE = re.compile(r'<h2 class="groupheader">(?:<a [^>]*></a>\s*)?(.*?)</h2>', re.S)


def put_in_order(html, titles):
    """Orders a page. What is not in the titles, such as the list of structures, stays in front."""
    def place(section):
        title = TITLE.search(section)
        return titles.index(title[1].strip()) if title and title[1].strip() in titles else -1

    def ordered(found):
        return ''.join(sorted(SECTION.findall(found[0]), key=place))

    return LIST.sub(ordered, html, count=1)


# Words of doxygen, and what the site says.
WORDS = [(r'(<title>\w+) (?:Struct|Union) Reference\b', r'\1'),
         (r'(<div class="title">\w+) (?:Struct|Union) Reference\b', r'\1'),
         (r'\*&#160;</td>\s*(<td class="paramname">)', r'*</td>\1'),
         (r'&#160;</td>\s*(<td class="paramname">)', r' </td>\1'),
         (r'<h3>Table of Contents</h3>', '<h3>On this page</h3>')]


def reword(html):
    for pattern, text in WORDS:
        html = re.sub(pattern, text, html)
    return html
