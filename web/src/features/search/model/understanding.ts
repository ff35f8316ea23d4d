import { money } from '@/lib/money';
import type { UnderstoodTerm } from '@/lib/types';

/** What the server may understand of words, as its API names it. */
export const KINDS = [
  'spelling',
  'negation',
  'category',
  'color',
  'gender',
  'season',
  'usage',
  'brand',
  'price',
  'size',
  'relative',
] as const;
export type Kind = (typeof KINDS)[number];

const FIELD_KINDS: Record<string, Kind> = {
  article_type: 'category',
  sub_category: 'category',
  master_category: 'category',
  base_color: 'color',
  gender: 'gender',
  season: 'season',
  usage: 'usage',
  brand: 'brand',
};

/** Which kind is to be ignored so that this term is. */
export function kindOf(term: UnderstoodTerm): Kind {
  if (term.negated) return term.applied === 'preference' ? 'relative' : 'negation';
  if (term.kind === 'price' || term.kind === 'size') return term.kind;
  return FIELD_KINDS[term.field ?? ''] ?? 'category';
}

function describePrice({ min, max }: UnderstoodTerm): string {
  if (min == null) return `up to ${money(max ?? 0)}`;
  return max == null ? `from ${money(min)}` : `${money(min)} to ${money(max)}`;
}

/** "Red", "not Black", "up to $50": the first values, and how many more there are. */
export function describe(term: UnderstoodTerm): string {
  if (term.kind === 'price') return describePrice(term);
  const values = term.values ?? [term.text];
  const more = values.length > 2 ? ` +${values.length - 2}` : '';
  return (term.negated ? 'not ' : '') + values.slice(0, 2).join(', ') + more;
}
