import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyLine, type LineKey, lineText, pressed, typed } from './line-editor.ts';

const moves: readonly LineKey[] = ['left', 'right', 'start', 'end'];
const keys: readonly LineKey[] = [...moves, 'backspace', 'delete', 'clear', 'word'];
const astronaut = '👩‍🚀';

test('[CLI15] keys move and take whole signs, of however many code points', () => {
  const line = typed(emptyLine, `a${astronaut}é`);
  const at = pressed(pressed(line, 'left'), 'left');
  assert.deepEqual(at, { before: 'a', after: `${astronaut}é` });
  assert.deepEqual(pressed(at, 'delete'), { before: 'a', after: 'é' });
  assert.deepEqual(pressed(pressed(line, 'left'), 'backspace'), { before: 'a', after: 'é' });
  assert.deepEqual(pressed(at, 'right'), { before: `a${astronaut}`, after: 'é' });
});

test('[CLI15] a word, the beginning, and both ends are one key', () => {
  const line = typed(emptyLine, 'to the river ');
  assert.equal(pressed(line, 'word').before, 'to the ');
  assert.deepEqual(pressed(line, 'clear'), emptyLine);
  assert.deepEqual(pressed(pressed(line, 'start'), 'clear'), { before: '', after: 'to the river ' });
  assert.deepEqual(typed(pressed(line, 'start'), 'Back '), { before: 'Back ', after: 'to the river ' });
  assert.deepEqual(pressed(pressed(line, 'start'), 'end'), line);
});

test('[CLI15] moving changes nothing, and no key breaks a sign', () => {
  const press = fc.oneof(
    fc.constantFrom(...keys),
    fc.constantFrom('x', astronaut, ' ').map((text) => ({ text })),
  );
  fc.assert(
    fc.property(fc.array(press, { maxLength: 40 }), (presses) => {
      let line = emptyLine;
      for (const each of presses) {
        const next = typeof each === 'string' ? pressed(line, each) : typed(line, each.text);
        if (typeof each === 'string' && moves.includes(each)) assert.equal(lineText(next), lineText(line));
        line = next;
        assert.equal(lineText(line).replaceAll(astronaut, '').replaceAll(/[x ]/g, ''), '');
      }
    }),
  );
});
