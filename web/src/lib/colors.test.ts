import { expect, it } from 'vitest';
import { colorBackground } from './colors';

it('knows a color by its name in any case', () => {
  expect(colorBackground('Navy Blue')).toBe('#1c2a50');
  expect(colorBackground('OFF WHITE')).not.toBe(colorBackground('White'));
});

it('draws Multi as several colors', () => {
  expect(colorBackground('Multi')).toMatch(/gradient/);
});

it('takes the last known word of a name it does not know', () => {
  expect(colorBackground('Dusty Pink')).toBe(colorBackground('Pink'));
  expect(colorBackground('Light gray')).toBe(colorBackground('Grey'));
  expect(colorBackground('NA')).toBeUndefined();
});
