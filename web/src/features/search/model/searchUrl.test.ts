import { describe, expect, it } from 'vitest';
import { readSearch, writeSearch } from './searchUrl';

const trip = (url: string) => writeSearch(readSearch(new URLSearchParams(url))).toString();

describe('the search in the URL', () => {
  it('survives a trip', () => {
    const url =
      'q=red+dress&weight=0.7&sort=price%3Aasc&index=image&ignore=spelling&ignore=color&explain=1&base_color=Red&max_price=80';
    expect(trip(url)).toBe(url);
  });
  it('leaves defaults out', () => {
    expect(trip('q=++&weight=0.5&sort=product_id%3Aasc&index=hybrid')).toBe('');
  });
  it('falls back on what it does not understand', () => {
    for (const url of [
      'weight=2',
      'weight=-1',
      'weight=x',
      'weight=',
      'sort=magic',
      'index=sound',
      'ignore=magic',
      'explain=2',
    ])
      expect(trip(url)).toBe('');
  });
  it('keeps a weight at either end', () => {
    expect(readSearch(new URLSearchParams('weight=0')).weight).toBe(0);
    expect(trip('weight=1')).toBe('weight=1');
  });
});
