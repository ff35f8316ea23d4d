import { request } from '@/lib/http';
import type { Facet } from '../model/filters';

export interface Option {
  value: string;
  count: number;
}
export type FilterOptions = Record<Facet, Option[]> & { price: { min: number; max: number } };

export function getFilterOptions(): Promise<FilterOptions> {
  return request<FilterOptions>('/products/filters/options');
}
