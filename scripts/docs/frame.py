# SPDX-License-Identifier: MIT
"""What stands around each page: the bar at the top with the search, and the list of pages beside
it."""
import html

BAR = '''<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title - libphysmem</title>
<link rel="stylesheet" href="$relpath^physmem.css">
<script defer src="$relpath^names.js"></script>
<script defer src="$relpath^search.js"></script>
</head>
<body>
<header class="bar">
<a class="brand" href="$relpath^index.html">libphysmem <small>$projectnumber</small></a>
<a href="$relpath^guide.html">Guide</a>
<a href="$relpath^reference.html">Reference</a>
<a href="$relpath^names.html">Names</a>
<a class="narrow" href="#pages">Pages</a>
<search hidden><input id="search" type="search" placeholder="Search" aria-label="Search names and pages"
 autocomplete="off" spellcheck="false"><ol id="found" hidden></ol></search>
</header>
<div class="frame">
<main>
<div id="top">
'''

END = '''</main>
<nav id="pages">
%s
</nav>
</div>
</body>
</html>
'''


def entry(href, title):
    return f'<li><a href="$relpath^{href}.html">{html.escape(title)}</a></li>'


def chapter(title, entries):
    return [f'<h2>{title}</h2>', '<ul>', *entries, '</ul>']


# The guide in the order in which a newcomer reads it. The other pages of docs/guide are recipes.
GUIDE = ['guide', 'guide-install', 'guide-tutorial', 'guide-concepts', 'guide-features',
         'guide-ask-a-map', 'guide-porting', 'guide-bindings',
         'guide-faq']


def guide(site):
    found = {page.id: page for page in site.pages.values()}
    front = entry('index', 'Front page')
    return [front, *(entry(name, found[name].title) for name in GUIDE if name in found)]


def cookbook(site):
    return [entry(page.id, page.title) for path, page in site.pages.items()
            if path.startswith('docs/guide/') and page.id not in GUIDE]


def others(site, under):
    """The pages of docs/, or those beside README."""
    return [entry(page.id, page.title) for path, page in site.pages.items()
            if not path.startswith('docs/guide/') and path.startswith('docs/') == under
            and page.id != 'index']


def reference(groups):
    return [entry(f'group__api-{group.id}', group.title) for group in groups] + [
        entry('names', 'All names')]


def footer(site, groups):
    lines = [*chapter('Guide', guide(site)), *chapter('Cookbook', cookbook(site)),
             *chapter('Reference', reference(groups)),
             *chapter('Rules and facts', others(site, True)),
             *chapter('Project', others(site, False))]
    return END % '\n'.join(lines)
