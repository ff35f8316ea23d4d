import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getFilterOptions, type Option } from '../api/getFilterOptions';
import { FACETS, LABELS, toggle, type Facet, type Filters } from '../model/filters';

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterPanel({ filters, onChange }: Props) {
  const { data, error } = useQuery({ queryKey: ['filter-options'], queryFn: getFilterOptions });
  if (error) return <p className="text-sm text-stone-500">Filters could not be loaded.</p>;
  if (!data) return <div className="h-64 animate-pulse rounded-lg bg-sand" aria-hidden="true" />;
  return (
    <div className="space-y-7">
      {FACETS.map((facet) => (
        <FacetGroup
          key={facet}
          facet={facet}
          options={data[facet] ?? []}
          chosen={filters.values[facet]}
          onToggle={(value) => onChange(toggle(filters, facet, value))}
        />
      ))}
      <fieldset>
        <legend className="mb-2 text-sm font-medium">Price</legend>
        <div className="flex items-center gap-2">
          {(['minPrice', 'maxPrice'] as const).map((key) => (
            <input
              key={key}
              type="number"
              min={0}
              aria-label={key === 'minPrice' ? 'Lowest price' : 'Highest price'}
              placeholder={String(Math.round(key === 'minPrice' ? data.price.min : data.price.max))}
              value={filters[key] ?? ''}
              onChange={(e) => {
                const value = e.target.value === '' ? null : Math.max(0, Number(e.target.value));
                onChange({ ...filters, [key]: value });
              }}
              className="w-full rounded-lg border border-line bg-white px-3 py-2 text-sm"
            />
          ))}
        </div>
      </fieldset>
    </div>
  );
}

interface GroupProps {
  facet: Facet;
  options: Option[];
  chosen: string[];
  onToggle: (value: string) => void;
}

function FacetGroup({ facet, options, chosen, onToggle }: GroupProps) {
  const [find, setFind] = useState('');
  const shown = options.filter((o) => o.value.toLowerCase().includes(find.toLowerCase()));
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">{LABELS[facet]}</legend>
      {facet === 'article_type' && (
        <input
          type="search"
          aria-label="Find a type"
          placeholder="Find a type"
          value={find}
          onChange={(e) => setFind(e.target.value)}
          className="mb-2 w-full rounded-lg border border-line bg-white px-3 py-2 text-sm"
        />
      )}
      <div className="max-h-56 space-y-1 overflow-y-auto">
        {shown.map(({ value, count }) => (
          <label key={value} className="flex cursor-pointer items-center gap-2.5 py-0.5 text-sm">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={() => onToggle(value)}
              className="h-4 w-4 accent-stone-800"
            />
            {facet === 'base_color' && <Swatch color={value} />}
            <span className="flex-1">{value}</span>
            <span className="text-xs text-stone-500">{count}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A catalog's color name is mostly a CSS one once its spaces go; an unknown one stays sand. */
function Swatch({ color }: { color: string }) {
  return (
    <span
      aria-hidden="true"
      className="h-4 w-4 rounded-full border border-stone-300 bg-sand"
      style={{
        backgroundColor: color
          .toLowerCase()
          .replace(/^navy blue$/, 'navy')
          .replace(/\s/g, ''),
      }}
    />
  );
}
