import type { Product, ResultPage } from '@/lib/types';

/** All pages in order, each product once: a catalog that changes between pages may repeat one. */
export function mergePages(pages: ResultPage[]): Product[] {
  const seen = new Map<string, Product>();
  for (const product of pages.flatMap((page) => page.products)) {
    if (!seen.has(product.product_id)) seen.set(product.product_id, product);
  }
  return [...seen.values()];
}
