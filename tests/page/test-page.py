#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages and pictures of `physmem draw` in a headless Chromium, with real clicks and keys.

    tests/page/test-page.py PHYSMEM DUMPS [-k WORD] [--keep DIRECTORY]

DUMPS is tests/data/qemu-maps.tar.xz. -k runs the tests whose names have WORD in them. --keep leaves
the pages, and screenshots of them, in a directory to look at. Prints TAP.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
import traceback

from browser import Browser

BOARD = '''address-space: memory
  0000000000000000-ffffffffffffffff (prio 0, i/o): system
    0000000000000000-000000003fffffff (prio 0, ram): low
    0000000000000000-ffffffffffffffff (prio -1, i/o): pci
      00000000000a0000-00000000000bffff (prio 1, i/o): vga
      00000000e0000000-00000000e0ffffff (prio 1, ram): vga.vram
    00000000000a0000-00000000000bffff (prio 1, i/o): alias vga window @pci 00000000000a0000-00000000000bffff
    00000000fee00000-00000000fee00003 (prio 2, i/o): apic

memory-region: pci
  0000000000000000-ffffffffffffffff (prio -1, i/o): pci
    00000000000a0000-00000000000bffff (prio 1, i/o): vga
    00000000e0000000-00000000e0ffffff (prio 1, ram): vga.vram

address-space: I/O
  0000000000000000-000000000000ffff (prio 0, i/o): io
    0000000000000060-0000000000000060 (prio 0, i/o): keyboard
'''
CHANGED = BOARD.replace('e0000000-00000000e0ffffff', 'f0000000-00000000f0ffffff') \
               .replace('00000000fee00000-00000000fee00003 (prio 2, i/o): apic',
                        '00000000fee00000-00000000fee00003 (prio 2, i/o): x2apic')
STRANGE = ['<script>window.hit=1</script>', '</script><script>window.hit=1</script>',
           '<img src=x onerror=window.hit=1>', '"><b>bold</b>', "'); window.hit=1; ('",
           '<!--', ']]>', '&lt;b&gt;', '\u202egnp.exe', '漢字の名前', 'n' * 80,
           'a name of eighty characters, with blanks in it, which is more than anybody needs',
           '__proto__', 'constructor']

# Each pair of shown texts that meet, and each text that leaves what it is in.
CROWDED = '''
const layer = document.querySelector('.layer:not([inert])');
const lines = [...layer.querySelectorAll('.line, .address, .size')]
    .map((one) => ({ one, at: one.getBoundingClientRect(), text: one.textContent }))
    .filter((line) => line.text);
const range = document.createRange();
const wrong = [];
for (const line of lines) {
    range.selectNodeContents(line.one);
    line.at = range.getBoundingClientRect();
    const box = line.one.closest('.bar, .box, .entry').getBoundingClientRect();
    if (line.at.right > box.right + 0.5 || line.at.left < box.left - 0.5 ||
        line.at.bottom > box.bottom + 2) {
        wrong.push(line.text + ' leaves its box');
    }
}
const isOfTree = (line) => Boolean(line.one.closest('.tree'));
lines.forEach((a, i) => lines.slice(0, i).forEach((b) => {
    if (isOfTree(a) === isOfTree(b) && a.at.left < b.at.right && b.at.left < a.at.right &&
        a.at.top + 3 < b.at.bottom && b.at.top + 3 < a.at.bottom) {
        wrong.push(a.text + ' meets ' + b.text);
    }
}));
return wrong;
'''
# The same for a picture.
CROWDED_PICTURE = '''
const page = document.documentElement.viewBox.baseVal;
const texts = [...document.querySelectorAll('text')].filter((one) => one.textContent.trim())
    .map((one) => ({ at: one.getBBox(), text: one.textContent }));
const wrong = texts.filter(({ at }) => at.x < 0 || at.x + at.width > page.width || at.y < 0 ||
                           at.y + at.height > page.height).map((one) => one.text + ' is cut off');
document.querySelectorAll('g > text:not(.end)').forEach((one) => {
    const [text, box] = [one, one.parentElement.querySelector('rect')].map((it) => it.getBBox());
    if (text.x < box.x || text.x + text.width > box.x + box.width) {
        wrong.push(one.textContent + ' leaves its box');
    }
});
texts.forEach((a, i) => texts.slice(0, i).forEach((b) => {
    if (a.at.x < b.at.x + b.at.width && b.at.x < a.at.x + a.at.width &&
        a.at.y + 3 < b.at.y + b.at.height && b.at.y + 3 < a.at.y + a.at.height) {
        wrong.push(a.text + ' meets ' + b.text);
    }
}));
return wrong;
'''
# The least contrast of any shown text with what is behind it, as WCAG defines it.
CONTRAST = '''
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((c) => c / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
        const part = one.classList.contains('box') && one.querySelector('.part');
        const colour = rgb(getComputedStyle(part || one).backgroundColor);
        if (colour[3] === 255) {
            return colour;
        }
    }
    return rgb('white');
};
const texts = [...document.querySelectorAll('h1, h2, p, li, .line, .note, .address, .size, button')]
    .filter((one) => one.offsetParent && one.textContent.trim());
return Math.min(...texts.map((one) => {
    const [a, b] = [light(rgb(getComputedStyle(one).color)), light(behind(one))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}));
'''


class Stage:
    """The files of a run: maps, and what the command has drawn of them."""

    def __init__(self, physmem, dumps, work):
        self.physmem = physmem
        self.work = work
        self.write('board.txt', BOARD)
        self.write('changed.txt', CHANGED)
        self.write('strange.txt', strange_map())
        for dump in 'x86_64-q35-seabios/before', 'x86_64-q35-seabios/after', 'arm-ast2600-evb':
            self.unpack(dumps, dump)

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def unpack(self, dumps, dump):
        text = [subprocess.run(['tar', '-xJOf', dumps, f'{dump}/{part}.txt'], check=True,
                               capture_output=True, text=True).stdout for part in ('tree', 'flat')]
        self.write(dump.replace('/', '-') + '.txt', '\n'.join(text))

    def draw(self, out, *maps):
        subprocess.run([self.physmem, 'draw', '-o', self.path(out)] + [self.path(one) for one in maps],
                       check=True, stderr=subprocess.DEVNULL)
        return self.path(out)


def strange_map():
    lines = ['address-space: memory', '  ' + '0' * 16 + '-' + 'f' * 16 + ' (prio 0, i/o): system']
    for i in range(100):
        lines.append(f'    {i * 16:016x}-{i * 16 + 19:016x} (prio {i % 5}, i/o): '
                     + STRANGE[i % len(STRANGE)])
    return '\n'.join(lines) + '\n'


def expect(got, want):
    if got != want:
        raise AssertionError(f'got {got!r}, expected {want!r}')


def expect_in(want, got):
    if want not in got:
        raise AssertionError(f'{want!r} is not in {got!r}')


def count(browser, selector):
    return browser.run('return document.querySelectorAll(arguments[0]).length', selector)


def focused(browser):
    return browser.run('return document.activeElement.getAttribute("aria-label") || '
                       'document.activeElement.id')


def entry(address):
    return f'.layer:not([inert]) .entry[data-address="{address}"]'


def box(path):
    return f'.layer:not([inert]) .box[data-path="{path}"]'


# ---- Tests ---------------------------------------------------------------------------------------

def test_opens(browser, stage):
    browser.requests()
    page = stage.draw('board.html', 'board.txt')
    browser.open(page)
    expect(browser.text('#title'), 'board.txt')
    expect(browser.run('return document.title'), 'Memory map: board.txt')
    expect(count(browser, '.entry'), 8)
    expect(count(browser, '.box'), 8)
    expect(count(browser, '.box.hidden'), 1)
    expect_in('5 ranges answer; 8 regions in the tree, 1 wholly hidden.', browser.text('#summary'))
    expect(browser.requests(), ['file://' + page])
    expect(browser.complaints(), [])


def test_policy(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    browser.run('''const one = document.createElement('script');
        one.textContent = 'window.hit = 1'; document.body.append(one);
        document.body.insertAdjacentHTML('beforeend', '<img src="http://127.0.0.1:9/x.png">');''')
    expect(browser.run('return window.hit === undefined'), True)
    asked = browser.call('POST', '/execute/async', {
        'script': 'const end = arguments[0];'
                  'fetch("http://127.0.0.1:9/").then(() => end("sent"), (e) => end(e.message))',
        'args': []})
    expect(asked != 'sent', True)
    complaints = ' '.join(browser.complaints())
    for word in 'script-src', 'img-src', 'default-src':
        expect_in(word, complaints)


def test_click_range(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    browser.click(entry('a0000'))
    panel = browser.text('#panel')
    expect_in('0xa0000', panel)
    expect_in('vga answers, at its offset 0x0.', panel)
    expect_in('By this way, innermost first\nvga i/o, priority 1, line 5\n'
              'vga window alias of pci, container, priority 1, line 7\nsystem container, priority 0, line 2', panel)
    expect_in('low, line 3: lower priority in system: low has 0, vga window has 1', panel)
    expect_in('vga, line 5: the same answer by a way of lower rank', panel)
    expect(browser.run('return [...document.querySelectorAll(".wins, .loses")].map((one) => '
                       '[one.dataset.path, one.classList.contains("wins")])'),
           [['system/vga window#1/vga#1', True], ['system/low#1', False],
            ['system/pci#1/vga#1', False]])
    browser.click(entry('fee00004'))
    expect(count(browser, '.wins, .loses'), 0)
    expect_in('Nothing answers: 0xfee00004', browser.text('#panel'))
    browser.click('#panel .close')
    expect_in('Choose an address', browser.text('#panel'))


def test_click_region(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    browser.click(box('system/low#1') + ' .label')
    panel = browser.text('#panel')
    expect_in('low answers, at its offset 0x0.', panel)
    expect_in('0x0 640K: visible\n0xa0000 128K: shows vga\n0xc0000 1G: visible', panel)
    at = browser.run('const r = document.querySelector(arguments[0]).getBoundingClientRect();'
                     'return [Math.round(r.left + r.width / 2), Math.round(r.top + 40)]',
                     box('system/low#1'))
    browser.click_at(*at)  # the hatched part
    expect_in('vga answers', browser.text('#panel'))
    browser.click('#panel .region')
    expect(count(browser, '.box.picked'), 1)


def test_search(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    browser.press('/')
    expect(focused(browser), 'Search for a name or an address')
    browser.press(*'VGA')
    expect(browser.text('#found'), '1 of 4')
    expect(count(browser, '.box.found'), 4)
    browser.press('Enter', 'Enter')
    expect(browser.text('#found'), '3 of 4')
    browser.press('Escape')
    expect(count(browser, '.box.found'), 0)
    for text, address, name in (('fee00002', '0xfee00002', 'apic answers, at its offset 0x2.'),
                                ('0xE0000010', '0xe0000010', 'vga.vram answers, at its offset 0x10'),
                                ('1M', '0x100000', 'low answers, at its offset 0x100000')):
        browser.press('/', *text)
        expect(browser.text('#panel h2'), address)
        expect_in(name, browser.text('#panel'))
        browser.press('Escape')
    browser.press('/', *'nobody')
    expect(browser.text('#found'), 'not found')


def test_search_reveals(browser, stage):
    """The tree is wider than its part of the window: what is found is scrolled into that part."""
    browser.open(stage.draw('q35.html', 'x86_64-q35-seabios-after.txt'))
    seen = """const label = document.querySelector('.box.picked .label').getBoundingClientRect();
        const at = (x) => document.elementFromPoint(x, label.top + 8).closest('.box');
        return [at(label.left + 2), at(label.right - 2)].every((box) => box &&
            box.classList.contains('picked'));"""
    for text in 'vga-lowmem', 'kvmvapic', 'isa-bios', 'pc.bios':
        browser.press('/', *text)
        expect(browser.run(seen), True)
        browser.press('Escape')


def test_fold(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    browser.click(box('system/pci#1') + ' .arrow')
    expect(count(browser, '.box'), 6)
    expect(browser.run('return document.querySelector(arguments[0]).ariaExpanded',
                       box('system/pci#1')), 'false')
    browser.click('#unfold')
    expect(count(browser, '.box'), 8)
    browser.click(box('system/pci#1') + ' .arrow')
    browser.press('/', *'vram')  # unfolds what it finds
    expect(count(browser, '.box'), 8)
    browser.press('Escape')
    browser.click(box('system') + ' .arrow')
    expect(count(browser, '.box'), 1)
    expect(count(browser, '.entry'), 8)


def test_fold_large(browser, stage):
    browser.open(stage.draw('q35.html', 'x86_64-q35-seabios-after.txt'))
    before = count(browser, '.entry')
    browser.click(box('system/pci#1') + ' .arrow')
    expect(count(browser, '.entry') < before - 10, True)
    expect_in('ranges', browser.text(entry('fd000000')))


def test_keys(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    reached = []
    for _ in range(12):
        browser.press('Tab')
        reached.append(focused(browser))
    for one in 'space', 'Search for a name or an address', 'Smaller', 'Larger', 'unfold':
        expect_in(one, reached)
    system = next(i for i, one in enumerate(reached) if one.startswith('system, container'))
    expect_in('low, 0x0', reached[system + 1])
    expect(browser.run('return document.querySelectorAll(".tree [tabindex=\'0\']").length'), 1)
    browser.open(stage.path('board.html'))
    browser.run('document.querySelector(".tree [tabindex=\'0\']").focus()')
    browser.press('ArrowRight')
    expect_in('pci, container', focused(browser))
    browser.press('ArrowLeft')
    expect(count(browser, '.box'), 6)
    expect_in('pci, container', focused(browser))
    browser.press('ArrowRight', 'ArrowRight')
    expect_in('vga, i/o', focused(browser))
    style = browser.run('const s = getComputedStyle(document.activeElement);'
                        'return [s.outlineStyle, parseFloat(s.outlineWidth) >= 2]')
    expect(style, ['solid', True])
    browser.press('Enter')
    expect_in('vga answers', browser.text('#panel'))
    browser.press('Escape')
    expect_in('Choose', browser.text('#panel'))
    browser.run('document.querySelector(".view [tabindex=\'0\']").focus()')
    browser.press('End')
    expect_in('nothing answers', focused(browser))
    browser.press('Home', 'ArrowDown', ' ')
    expect(browser.text('#panel h2'), '0xa0000')


def test_zoom(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    height = 'return document.querySelector(".tree").offsetHeight'
    before = browser.run(height)
    browser.press('+', '+')
    larger = browser.run(height)
    expect(larger > before * 1.3, True)
    browser.click('#smaller')
    expect(browser.run(height) < larger, True)
    browser.click(box('system/pci#1/vga.vram#1') + ' .label')
    browser.click('#zoom-to')
    expect(count(browser, '.entry'), 1)
    expect(browser.text('.entry .address'), 'e0000000')
    browser.click('#whole')
    expect(count(browser, '.entry'), 8)


def test_spaces(browser, stage):
    browser.open(stage.draw('board.html', 'board.txt'))
    browser.run('''const s = document.getElementById('space');
        s.value = 'I/O'; s.dispatchEvent(new Event('change'))''')
    expect(count(browser, '.entry'), 3)
    expect_in('keyboard', browser.text(entry('60')))


def test_two_maps(browser, stage):
    browser.open(stage.draw('pair.html', 'board.txt', 'changed.txt'))
    expect(browser.text('#title'), 'board.txt → changed.txt')
    expect(browser.text('#changes'), '3 changes')
    expect(browser.run('return [...document.querySelectorAll(".layer")].map((l) => l.inert)'),
           [False, True])
    expect_in('apic', browser.text(entry('fee00000')))
    browser.run('document.getElementById("mix").focus()')
    browser.press(*['ArrowRight'] * 5)
    expect(browser.run('return [...document.querySelectorAll(".layer")]'
                       '.map((l) => Number(l.style.opacity))'), [0.75, 0.25])
    browser.press('End')
    expect(browser.run('return document.getElementById("mix").getAttribute("aria-valuetext")'),
           'changed.txt')
    expect_in('x2apic', browser.text(entry('fee00000')))
    browser.click('#change')
    expect(browser.text('#panel h2'), '0xe0000000')
    panel = browser.text('#panel')
    expect_in('board.txt\n\nvga.vram answers', panel)
    expect_in('changed.txt\n\nNothing answers', panel)
    browser.click('#change')
    browser.click('#change')
    expect_in('changed.txt\n\nx2apic answers', browser.text('#panel'))
    expect(browser.complaints(), [])


def test_same_maps(browser, stage):
    browser.open(stage.draw('same.html', 'board.txt', 'board.txt'))
    expect(browser.text('#changes'), '0 changes')
    expect(browser.run('return document.getElementById("change").disabled'), True)


def test_views_alone(browser, stage):
    text = subprocess.run([stage.physmem, 'flat', stage.path('board.txt')], check=True,
                          capture_output=True, text=True).stdout
    stage.write('views.txt', text)
    browser.open(stage.draw('views.html', 'views.txt'))
    expect(count(browser, '.box'), 0)
    expect_in('The tree is not known', browser.text('#notes'))
    browser.click(entry('fee00000'))
    expect_in('apic answers, at its offset 0x0.', browser.text('#panel'))
    expect_in('The way is not known.', browser.text('#panel'))
    browser.press('/', *'vram')
    expect(browser.text('#panel h2'), '0xe0000000')
    expect(browser.complaints(), [])


def test_strange_names(browser, stage):
    browser.open(stage.draw('strange.html', 'strange.txt'))
    expect(browser.run('return window.hit === undefined'), True)
    expect(count(browser, 'b, img'), 0)
    names = browser.run('return [...document.querySelectorAll(".box .label")]'
                        '.map((one) => one.textContent)')
    for name in STRANGE:
        squeezed = name.replace(' ', '')
        expect(any(squeezed in one.replace(' ', '') for one in names), True)
    browser.press('/', *'<img')
    expect_in('<img src=x onerror=window.hit=1>', browser.text('#panel'))
    expect(browser.complaints(), [])
    expect(browser.run(CROWDED), [])


def test_crowded(browser, stage):
    for name in 'board', 'x86_64-q35-seabios-after', 'arm-ast2600-evb':
        browser.open(stage.draw(f'{name}.html', f'{name}.txt'))
        expect(browser.run(CROWDED), [])
        expect(browser.complaints(), [])


def test_pictures(browser, stage):
    for name in 'board', 'x86_64-q35-seabios-after', 'arm-ast2600-evb', 'strange':
        browser.open(stage.draw(f'{name}.svg', f'{name}.txt'))
        expect(browser.run(CROWDED_PICTURE), [])
        expect(browser.complaints(), [])


def test_narrow(browser, stage):
    browser.resize(400, 800)
    try:
        browser.open(stage.draw('q35.html', 'x86_64-q35-seabios-after.txt'))
        expect(browser.run('return document.documentElement.scrollWidth <= window.innerWidth'), True)
        expect(count(browser, '.box'), 1)
        expect(browser.run(CROWDED), [])
        browser.click(entry('a0000'))
        expect_in('vga-lowmem answers', browser.text('#panel'))
        seen = browser.run('const e = document.querySelector(".entry.picked").getBoundingClientRect();'
                           'const p = document.getElementById("panel").getBoundingClientRect();'
                           'return e.top >= 0 && e.bottom <= p.top && e.right <= window.innerWidth')
        expect(seen, True)
    finally:
        browser.resize(1400, 1000)


def check_scheme(browser, stage, dark):
    browser.prefer('dark' if dark else 'light')
    browser.open(stage.draw('board.html', 'board.txt'))
    expect(browser.run('return getComputedStyle(document.body).backgroundColor'),
           'rgb(14, 20, 27)' if dark else 'rgb(255, 255, 255)')
    browser.click(entry('a0000'))
    contrast = browser.run(CONTRAST)
    if contrast < 4.5:
        raise AssertionError(f'a text has a contrast of {contrast}')
    browser.open(stage.draw('board.svg', 'board.txt'))
    expect(browser.run('return getComputedStyle(document.querySelector(".page")).fill'),
           'rgb(14, 20, 27)' if dark else 'rgb(255, 255, 255)')


def test_light(browser, stage):
    check_scheme(browser, stage, False)


def test_dark(browser, stage):
    check_scheme(browser, stage, True)


# ---- The run -------------------------------------------------------------------------------------

def run_one(browser, stage, name, number):
    begin = time.monotonic()
    try:
        globals()[name](browser, stage)
        browser.complaints()
    except Exception:  # pylint: disable=broad-except
        print(''.join('# ' + line + '\n' for line in traceback.format_exc().splitlines()), end='')
        print(f'not ok {number} {name}', flush=True)
        return False
    print(f'ok {number} {name} # {time.monotonic() - begin:.1f} s', flush=True)
    return True


def run_all(stage, names, keep):
    passed = 0
    with Browser() as browser:
        for number, name in enumerate(names, 1):
            passed += run_one(browser, stage, name, number)
            if keep:
                browser.screenshot(stage.path(f'{name}.png'))
    return passed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('physmem')
    parser.add_argument('dumps')
    parser.add_argument('-k', default='')
    parser.add_argument('--keep')
    options = parser.parse_args()
    names = [name for name in globals() if name.startswith('test_') and options.k in name]
    print(f'1..{len(names)}', flush=True)
    with tempfile.TemporaryDirectory(prefix='physmem-page-') as work:
        if options.keep:
            os.makedirs(options.keep, exist_ok=True)
        stage = Stage(os.path.abspath(options.physmem), options.dumps, options.keep or work)
        passed = run_all(stage, names, options.keep)
    sys.exit(passed != len(names))


main()
