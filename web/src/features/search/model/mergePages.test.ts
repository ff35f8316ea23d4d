import { expect, it } from 'vitest';
import type { Product, ResultPage } from '@/lib/types';
import { mergePages } from './mergePages';

const page = (...ids: string[]): ResultPage => ({
  products: ids.map((id) => ({ product_id: id, product_display_name: id }) as Product),
  total: 9,
  next: null,
});
const ids = (products: Product[]) => products.map((p) => p.product_id);

it('keeps the order of the pages', () => {
  expect(ids(mergePages([page('c', 'a'), page('b')]))).toEqual(['c', 'a', 'b']);
});

it('shows a product that two pages hold once, where it came first', () => {
  expect(ids(mergePages([page('a', 'b'), page('b', 'c')]))).toEqual(['a', 'b', 'c']);
  expect(mergePages([])).toEqual([]);
});
