import { useDraft } from '@/lib/useDraft';
import { readPrice, type Filters } from '../model/filters';

interface Props {
  filters: Filters;
  /** The cheapest and the dearest price there is. */
  bounds: { min: number; max: number };
  onChange: (filters: Filters) => void;
}

export function PriceRange({ filters, bounds, onChange }: Props) {
  return (
    <div className="flex items-center gap-2">
      <PriceField
        label="Lowest price"
        hint={Math.floor(bounds.min)}
        price={filters.minPrice}
        onChange={(minPrice) => onChange({ ...filters, minPrice })}
      />
      <span className="text-soft">–</span>
      <PriceField
        label="Highest price"
        hint={Math.ceil(bounds.max)}
        price={filters.maxPrice}
        onChange={(maxPrice) => onChange({ ...filters, maxPrice })}
      />
    </div>
  );
}

interface FieldProps {
  label: string;
  hint: number;
  price: number | null;
  onChange: (price: number | null) => void;
}

function PriceField({ label, hint, price, onChange }: FieldProps) {
  const commit = (text: string) => onChange(readPrice(text));
  const { draft, setDraft } = useDraft(price === null ? '' : String(price), commit, 400);
  return (
    <input
      inputMode="decimal"
      aria-label={label}
      placeholder={String(hint)}
      value={draft}
      onChange={(e) => setDraft(e.target.value)}
      className="field text-[13px] tabular-nums"
    />
  );
}
