import { expect, it } from 'vitest';
import type { UnderstoodTerm } from '@/lib/types';
import { describe as say, kindOf } from './understanding';

const term = (more: Partial<UnderstoodTerm>): UnderstoodTerm => ({
  kind: 'value',
  text: 'red',
  negated: false,
  applied: 'filter',
  ...more,
});

it('says values, and how many more there are', () => {
  expect(say(term({ values: ['Red'] }))).toBe('Red');
  expect(say(term({ values: ['Blue', 'Navy Blue', 'Turquoise Blue'] }))).toBe('Blue, Navy Blue +1');
  expect(say(term({ values: ['Black'], negated: true }))).toBe('not Black');
  expect(say(term({ kind: 'words', text: 'floral', negated: true }))).toBe('not floral');
});

it('says prices', () => {
  expect(say(term({ kind: 'price', min: null, max: 50 }))).toMatch(/^up to .*50/);
  expect(say(term({ kind: 'price', min: 20, max: null }))).toMatch(/^from .*20/);
  expect(say(term({ kind: 'price', min: 20, max: 40 }))).toMatch(/20.* to .*40/);
});

it('knows what to switch off', () => {
  expect(kindOf(term({ field: 'base_color' }))).toBe('color');
  expect(kindOf(term({ field: 'sub_category' }))).toBe('category');
  expect(kindOf(term({ kind: 'brand', field: 'brand' }))).toBe('brand');
  expect(kindOf(term({ kind: 'price' }))).toBe('price');
  expect(kindOf(term({ field: 'base_color', negated: true }))).toBe('negation');
});
