import { request } from '@/lib/http';
import type { Product } from '@/lib/types';

export function getProduct(id: string): Promise<Product> {
  return request<Product>(`/products/${encodeURIComponent(id)}`);
}
