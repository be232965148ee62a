# SPDX-License-Identifier: MIT
"""Reads the declarations of the public headers, with clang. scripts/write-api and
scripts/check-reference use this module; scripts/headers.py reads the comments.
"""
import json
import os
import re
import subprocess
import sys


def clang(root, source, *options):
    """Runs clang on a source text and returns what it prints."""
    command = ['clang', '-std=gnu11', '-w', '-ferror-limit=0', '-I', f'{root}/include', *options,
               '-x', 'c', '-']
    return subprocess.run(command, input=source, capture_output=True, text=True)


def includes(headers):
    return ''.join(f'#include <{header}>\n' for header in headers)


# ---- The syntax tree ---------------------------------------------------------------------------

def resolve(node, at):
    """Gives each location of the tree its file and line, which clang leaves out if they are those
    of the location before it."""
    if isinstance(node, list):
        for item in node:
            resolve(item, at)
    elif isinstance(node, dict):
        if 'offset' in node:
            at['file'], at['line'] = node.get('file', at['file']), node.get('line', at['line'])
            node.update(at)
        for item in node.values():
            if isinstance(item, (dict, list)):
                resolve(item, at)


def location(node):
    """File and line of a declaration. A declaration that a macro makes is where the macro is used."""
    loc = node.get('loc', {})
    loc = loc.get('expansionLoc', loc)
    return loc.get('file', ''), loc.get('line', 0)


def spelled(node):
    return node['type']['qualType'].replace('_Bool', 'bool')


def parts(node, kind):
    return [item for item in node.get('inner', []) if item.get('kind') == kind]


def is_exported(node):
    """Whether the library exports this: PHYSMEM_API, or PHYSMEM_INLINE as tree() defines it."""
    return parts(node, 'VisibilityAttr') or parts(node, 'AnnotateAttr')


def function(node):
    """A function with its parameters. 'result' is the type that it returns."""
    names = parts(node, 'ParmVarDecl')
    return {'name': node['name'], 'result': spelled(node).split('(')[0].strip(),
            'parameters': [{'name': p.get('name', ''), 'type': spelled(p)} for p in names],
            'variadic': node.get('variadic', False), 'inline': node.get('inline', False)}


def enumerators(node):
    value = -1
    for item in parts(node, 'EnumConstantDecl'):
        stated = [int(c['value']) for c in item.get('inner', []) if 'value' in c]
        value = stated[0] if stated else value + 1
        yield {'name': item['name'], 'value': value}


def tree(root, prefix):
    marked = '-DPHYSMEM_INLINE=__attribute__((annotate("public"))) static inline'
    done = clang(root, prefix, '-fsyntax-only', marked, '-Xclang', '-ast-dump=json')
    if done.returncode:
        sys.exit(f'the headers do not compile:\n{done.stderr}')
    nodes = json.loads(done.stdout)['inner']
    resolve(nodes, {'file': '', 'line': 0})
    return nodes


def name_enumerations(nodes):
    """Gives enumerations without a name that of the type that they define."""
    by_id = {node['id']: node for node in nodes if node['kind'] == 'EnumDecl'}
    for node in nodes:
        for item in node.get('inner', []) if node['kind'] == 'TypedefDecl' else []:
            owned = by_id.get(item.get('ownedTagDecl', {}).get('id'))
            if owned:
                owned.setdefault('name', node['name'])


def public(nodes, headers, root):
    """Yields the declarations of the public headers with their places."""
    name_enumerations(nodes)
    for node in nodes:
        path, line = location(node)
        path = os.path.relpath(path, f'{root}/include') if path.startswith(root) else ''
        if path in headers and node.get('name') and not node.get('isImplicit'):
            yield node, path, line
