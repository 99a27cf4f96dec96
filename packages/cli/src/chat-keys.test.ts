import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pressed, pastedText, strokesOf } from './chat-keys.ts';

const none: Pressed = {
  leftArrow: false,
  rightArrow: false,
  home: false,
  end: false,
  pageUp: false,
  pageDown: false,
  backspace: false,
  delete: false,
  return: false,
  escape: false,
  tab: false,
  ctrl: false,
  meta: false,
};

test('[CLI19] every key has its stroke, and letters with Ctrl as well', () => {
  const of = (name: keyof Pressed) => strokesOf('', { ...none, [name]: true })[0];
  assert.deepEqual(of('return'), { type: 'send' });
  assert.deepEqual(of('tab'), { type: 'next' });
  assert.deepEqual(of('pageUp'), { type: 'older' });
  assert.deepEqual(of('delete'), { type: 'line', key: 'delete' });
  assert.deepEqual(strokesOf('w', { ...none, ctrl: true }), [{ type: 'line', key: 'word' }]);
  assert.deepEqual(strokesOf('z', { ...none, ctrl: true }), []);
  assert.deepEqual(strokesOf('x', { ...none, meta: true }), []);
});

test('[CLI19] keys that come at once are strokes one after the other', () => {
  assert.deepEqual(strokesOf('Hi\rone\u007f\u0015two\n', none), [
    { type: 'text', text: 'Hi' },
    { type: 'send' },
    { type: 'text', text: 'one' },
    { type: 'line', key: 'backspace' },
    { type: 'line', key: 'clear' },
    { type: 'text', text: 'two' },
    { type: 'send' },
  ]);
  assert.deepEqual(strokesOf('a\u001b\u0000b', none), [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ]);
});

test('[CLI19] what is pasted is text on one line and sends nothing', () => {
  assert.equal(pastedText('two\r\nlines\u001b[A\n'), 'two lines\ufffd[A');
});
