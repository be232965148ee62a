# SPDX-License-Identifier: MIT
"""A headless Chromium, driven by chromedriver through plain HTTP (the WebDriver protocol)."""
import base64
import json
import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.request

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
KEYS = {'ArrowDown': '\ue015', 'ArrowUp': '\ue013', 'ArrowLeft': '\ue012', 'ArrowRight': '\ue014',
        'Enter': '\ue007', 'Tab': '\ue004', 'Escape': '\ue00c', 'Home': '\ue011', 'End': '\ue010'}
TIMEOUT = 120
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    """Use it in a with statement. Every request that pages make is in the log, see requests()."""

    def __init__(self, width=1400, height=1000):
        self.profile = tempfile.TemporaryDirectory(prefix='physmem-browser-')
        self.driver = subprocess.Popen(['chromedriver', '--port=0'], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True,
                                       env={**os.environ, 'HOME': self.profile.name})
        self.base = f'http://127.0.0.1:{self.port()}'
        options = {
            'args': ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
                     '--disable-dev-shm-usage', '--no-first-run', '--disable-extensions',
                     '--disable-background-networking', '--disable-component-update',
                     f'--user-data-dir={self.profile.name}/profile',
                     f'--window-size={width},{height}', 'about:blank'],
        }
        session = self.call('POST', '/session', {'capabilities': {'alwaysMatch': {
            'goog:chromeOptions': options,
            'goog:loggingPrefs': {'performance': 'ALL', 'browser': 'ALL'}}}})
        self.base += '/session/' + session['sessionId']

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call('DELETE', '')
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            self.profile.cleanup()

    def port(self):
        for line in self.driver.stdout:
            found = re.search(r'successfully on port (\d+)', line)
            if found:
                return found[1]
        raise RuntimeError('chromedriver did not start')

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if method == 'POST' else None
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={'Content-Type': 'application/json'})
        try:
            with DIRECT.open(request, timeout=TIMEOUT) as reply:
                return json.load(reply)['value']
        except urllib.error.HTTPError as error:
            message = json.load(error)['value']['message']
            raise RuntimeError(f'{path} {body}: {message}') from error

    def open(self, path):
        self.call('POST', '/url', {'url': 'file://' + os.path.abspath(path)})

    def resize(self, width, height):
        self.call('POST', '/window/rect', {'width': width, 'height': height})

    def prefer(self, scheme):
        """Makes 'light' or 'dark' what the reader prefers."""
        self.call('POST', '/goog/cdp/execute', {
            'cmd': 'Emulation.setEmulatedMedia',
            'params': {'features': [{'name': 'prefers-color-scheme', 'value': scheme}]}})

    def run(self, script, *arguments):
        """Runs the body of a function in the page and returns its result."""
        return self.call('POST', '/execute/sync', {'script': script, 'args': list(arguments)})

    def find(self, selector):
        return self.call('POST', '/element', {'using': 'css selector', 'value': selector})[ELEMENT]

    def click(self, selector):
        """A click of the pointer in the middle of what is seen there."""
        self.call('POST', f'/element/{self.find(selector)}/click', {})

    def click_at(self, x, y):
        self.call('POST', '/actions', {'actions': [{
            'type': 'pointer', 'id': 'mouse', 'parameters': {'pointerType': 'mouse'},
            'actions': [{'type': 'pointerMove', 'duration': 0, 'x': x, 'y': y},
                        {'type': 'pointerDown', 'button': 0},
                        {'type': 'pointerUp', 'button': 0}]}]})

    def press(self, *keys):
        """Presses keys, each a character or a name of KEYS."""
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{'type': 'keyDown', 'value': value}, {'type': 'keyUp', 'value': value}]
        self.call('POST', '/actions', {'actions': [{'type': 'key', 'id': 'keys',
                                                    'actions': actions}]})

    def text(self, selector):
        return self.run('return document.querySelector(arguments[0]).innerText', selector)

    def screenshot(self, path):
        with open(path, 'wb') as file:
            file.write(base64.b64decode(self.call('GET', '/screenshot')))

    def complaints(self):
        """What the page wrote to its console, errors of scripts and of the policy included."""
        return [entry['message'] for entry in self.call('POST', '/se/log', {'type': 'browser'})]

    def requests(self):
        """The addresses that pages have asked for since the last call, without the browser's own."""
        entries = self.call('POST', '/se/log', {'type': 'performance'})
        messages = [json.loads(entry['message'])['message'] for entry in entries]
        urls = [message['params']['request']['url'] for message in messages
                if message['method'] == 'Network.requestWillBeSent']
        return [url for url in urls
                if not url.startswith(('chrome:', 'chrome-untrusted:', 'data:'))]
