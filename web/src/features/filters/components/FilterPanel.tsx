import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ChevronIcon } from '@/components/icons';
import { getFilterOptions } from '../api/getFilterOptions';
import type { Facets } from '@/lib/types';
import { LABELS, toggle, type Facet, type Filters } from '../model/filters';
import { ColorGrid } from './ColorGrid';
import { OptionList } from './OptionList';
import { OptionPills } from './OptionPills';
import { PriceRange } from './PriceRange';

const LAYOUT = [
  ['gender', OptionPills],
  ['article_type', OptionList],
  ['base_color', ColorGrid],
  ['season', OptionPills],
  ['usage', OptionPills],
] as const;

interface Props {
  filters: Filters;
  /** Counts within a search; absent: those of the whole catalog. */
  facets?: Facets;
  onChange: (filters: Filters) => void;
}

export function FilterPanel({ filters, facets, onChange }: Props) {
  const options = useQuery({ queryKey: ['filter-options'], queryFn: getFilterOptions });
  if (options.error) {
    return (
      <p className="text-sm text-soft">
        Filters could not be loaded.{' '}
        <button type="button" className="link" onClick={() => void options.refetch()}>
          Try again
        </button>
      </p>
    );
  }
  if (!options.data)
    return <div className="h-96 animate-pulse rounded bg-sand" aria-hidden="true" />;
  const { data } = options;
  const flip = (facet: Facet) => (value: string) => onChange(toggle(filters, facet, value));
  return (
    <div className="divide-y divide-line">
      {LAYOUT.map(([facet, Options]) => {
        const known = (facets ? facets.values[facet] : data[facet]) ?? [];
        // What cannot narrow the search is not offered, unless it is chosen.
        if (known.length === 0) return null;
        return (
          <Group key={facet} label={LABELS[facet]}>
            <Options options={known} chosen={filters.values[facet]} onToggle={flip(facet)} />
          </Group>
        );
      })}
      <Group label="Price">
        <PriceRange filters={filters} bounds={data.price} onChange={onChange} />
      </Group>
    </div>
  );
}

function Group({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details open className="group py-5 first:pt-0 last:pb-0">
      <summary className="flex cursor-pointer list-none items-center justify-between text-[13px] font-semibold [&::-webkit-details-marker]:hidden">
        {label}
        <ChevronIcon className="h-4 w-4 text-soft transition group-open:rotate-180" />
      </summary>
      <fieldset className="pt-3.5">
        <legend className="sr-only">{label}</legend>
        {children}
      </fieldset>
    </details>
  );
}
