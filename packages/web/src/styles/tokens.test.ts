// The colours of the styles, read from the file and computed: every text can be read on everything it stands on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hues, ownHue } from '../view-models/names.ts';

/** Red, green, blue in linear light, and how much of it covers what is below. */
type Colour = readonly [number, number, number, number];
type Scheme = 'light' | 'dark';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');
const schemes: readonly Scheme[] = ['light', 'dark'];

/** A token of a scheme; `hue` stands for `var(--hue)`. */
function token(name: string, scheme: Scheme, hue = 0): Colour {
  const value = new RegExp(`--${name}:\\s*([^;]+);`).exec(css)?.[1];
  assert.ok(value, `there is no --${name}`);
  const both = /^light-dark\((.+),\s*(oklch\([^)]*(?:\([^)]*\))?[^)]*\)|#\w+)\)$/.exec(value.trim());
  const text = both === null ? value.trim() : ((scheme === 'light' ? both[1] : both[2]) ?? '').trim();
  return parse(text.replace(/var\(--hue[^)]*\)/, String(hue)));
}

function parse(text: string): Colour {
  if (text === '#fff') return [1, 1, 1, 1];
  const parts = /^oklch\(([\d.]+)% ([\d.]+) ([\d.]+)(?: \/ ([\d.]+)%)?\)$/.exec(text);
  assert.ok(parts, `"${text}" is a colour`);
  const [lightness = 0, chroma = 0, hue = 0, alpha = 100] = parts.slice(1).map((part) => Number(part ?? 100));
  return [...linear(lightness / 100, chroma, hue), alpha / 100];
}

/** Oklch to linear sRGB, cut to what a screen can show. */
function linear(lightness: number, chroma: number, hue: number): [number, number, number] {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((each) => Math.min(1, Math.max(0, each)));
  return rgb as [number, number, number];
}

const encode = (each: number) => (each <= 0.0031308 ? each * 12.92 : 1.055 * each ** (1 / 2.4) - 0.055);
const decode = (each: number) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);

/** One colour over another, mixed as a screen does. */
function over(top: Colour, below: Colour): Colour {
  const mix = (at: 0 | 1 | 2) => decode(encode(top[at]) * top[3] + encode(below[at]) * (1 - top[3]));
  return [mix(0), mix(1), mix(2), 1];
}

function contrast(one: Colour, other: Colour): number {
  const luminance = ([r, g, b]: Colour) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Texts, and everything that they stand on. */
const texts: Readonly<Record<string, readonly string[]>> = {
  ink: ['ground', 'surface', 'raised', 'own', 'hover', 'selected', 'field', 'quote on surface', 'quote-own on own'],
  soft: ['ground', 'surface', 'raised', 'hover', 'selected', 'field', 'quote on surface', 'line'],
  'own-soft': ['own', 'quote-own on own'],
  accent: ['ground', 'surface', 'raised', 'hover', 'selected', 'field', 'own', 'quote on surface', 'quote-own on own'],
  danger: ['ground', 'surface', 'raised', 'hover', 'field'],
  'on-accent': ['accent'],
};
const leastText = 4.5;
const leastSign = 3;

function ground(name: string, scheme: Scheme): Colour {
  const [top, below] = name.split(' on ');
  return below === undefined ? token(name, scheme) : over(token(top ?? '', scheme), token(below, scheme));
}

function tooFaint(least: number, pairs: readonly (readonly [string, Colour, string, Colour])[]): readonly string[] {
  return pairs.flatMap(([text, colour, name, below]) => {
    const found = contrast(colour, below);
    return found >= least ? [] : [`${text} on ${name}: ${found.toFixed(2)}`];
  });
}

for (const scheme of schemes) {
  test(`[WEB10] every text can be read on every ground: ${scheme}`, () => {
    const pairs = Object.entries(texts).flatMap(([text, grounds]) =>
      grounds.map((name) => [text, token(text, scheme), name, ground(name, scheme)] as const),
    );
    assert.deepEqual(tooFaint(leastText, pairs), []);
  });

  test(`[WEB10] read ticks can be told on what they stand on: ${scheme}`, () => {
    const names = ['own', 'surface', 'hover', 'selected'];
    const pairs = names.map((name) => ['read', token('read', scheme), name, ground(name, scheme)] as const);
    assert.deepEqual(tooFaint(leastSign, pairs), []);
  });

  test(`[WEB10] the colours of people carry white letters and can be read as names: ${scheme}`, () => {
    const white: Colour = [1, 1, 1, 1];
    const letters = [...hues, ownHue].flatMap((hue) =>
      ['fill', 'fill-low'].map((fill) => ['white', white, `${fill} ${hue}`, token(fill, scheme, hue)] as const),
    );
    const names = hues.flatMap((hue) =>
      ['surface', 'quote on surface', 'quote-own on own'].map(
        (name) => [`name ${hue}`, token('name', scheme, hue), name, ground(name, scheme)] as const,
      ),
    );
    assert.deepEqual(tooFaint(leastText, [...letters, ...names]), []);
  });
}

test('[WEB10] the measure of contrast is that of the guidelines', () => {
  const black: Colour = [0, 0, 0, 1];
  assert.equal(contrast(black, [1, 1, 1, 1]), 21);
  const grey = parse('oklch(50% 0 0)');
  assert.ok(Math.abs(encode(grey[0]) * 255 - 99) < 1, 'half of the lightness is #636363');
});
