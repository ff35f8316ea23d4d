import { describe, expect, it } from 'vitest';
import {
  countFilters,
  noFilters,
  readFilters,
  toFilterJson,
  toggle,
  writeFilters,
} from './filters';

describe('filters', () => {
  it('survive a trip through the URL', () => {
    const url = 'gender=Men&base_color=Red&base_color=Navy+Blue&min_price=20';
    const params = new URLSearchParams('q=shirt');
    writeFilters(readFilters(new URLSearchParams(url)), params);
    expect(params.toString()).toBe(`q=shirt&${url}`);
  });
  it('become the filter JSON of the search API', () => {
    const filters = { ...toggle(noFilters(), 'base_color', 'Red'), minPrice: 20, maxPrice: 80 };
    expect(toFilterJson(filters)).toEqual({ base_color: ['Red'], price: { $gte: 20, $lte: 80 } });
    expect(toFilterJson(noFilters())).toBeUndefined();
  });
  it('toggle back to nothing', () => {
    const once = toggle(noFilters(), 'season', 'Fall');
    expect(toggle(once, 'season', 'Fall')).toEqual(noFilters());
  });
  it('ignore a price that is no number', () => {
    expect(readFilters(new URLSearchParams('min_price=abc&max_price=-1'))).toEqual(noFilters());
  });
  it('count every value and both ends of the price', () => {
    const url = 'gender=Men&base_color=Red&base_color=Blue&min_price=0&max_price=9';
    expect(countFilters(readFilters(new URLSearchParams(url)))).toBe(5);
    expect(countFilters(noFilters())).toBe(0);
  });
});
