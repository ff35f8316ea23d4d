import { CloseIcon } from '@/components/icons';
import { Swatch } from '@/components/Swatch';
import { money } from '@/lib/money';
import { countFilters, FACETS, noFilters, toggle, type Filters } from '../model/filters';

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterChips({ filters, onChange }: Props) {
  if (countFilters(filters) === 0) return null;
  const { minPrice, maxPrice } = filters;
  return (
    <div className="mb-7 flex flex-wrap items-center gap-2">
      {FACETS.flatMap((facet) =>
        filters.values[facet].map((value) => (
          <Chip
            key={`${facet}:${value}`}
            label={value}
            color={facet === 'base_color' ? value : undefined}
            onRemove={() => onChange(toggle(filters, facet, value))}
          />
        )),
      )}
      {minPrice !== null && (
        <Chip
          label={`From ${money(minPrice)}`}
          onRemove={() => onChange({ ...filters, minPrice: null })}
        />
      )}
      {maxPrice !== null && (
        <Chip
          label={`To ${money(maxPrice)}`}
          onRemove={() => onChange({ ...filters, maxPrice: null })}
        />
      )}
      <button type="button" onClick={() => onChange(noFilters())} className="link ml-1 text-[13px]">
        Clear all
      </button>
    </div>
  );
}

interface ChipProps {
  label: string;
  color?: string;
  onRemove: () => void;
}

function Chip({ label, color, onRemove }: ChipProps) {
  return (
    <button
      type="button"
      aria-label={`Remove filter ${label}`}
      onClick={onRemove}
      className="flex items-center gap-1.5 rounded-full bg-sand py-1.5 pl-3 pr-2 text-[13px] transition hover:bg-line"
    >
      {color && <Swatch color={color} />}
      {label}
      <CloseIcon className="h-3.5 w-3.5 text-soft" />
    </button>
  );
}
