import { request } from '@/lib/http';
import type { Product } from '@/lib/types';

export function getSimilar(id: string, limit: number): Promise<{ products: Product[] }> {
  return request(`/products/${encodeURIComponent(id)}/similar?limit=${limit}`);
}
