import type { Product, ResultPage } from '@/lib/types';

export interface SearchAnswer {
  products: Product[];
  total: number;
  next_cursor: string | null;
}

export const PAGE = 24;

export function toPage(answer: SearchAnswer): ResultPage {
  return { products: answer.products, total: answer.total, next: answer.next_cursor };
}
