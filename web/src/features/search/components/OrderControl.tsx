import { ChevronIcon } from '@/components/icons';
import { INDEXES, SORTS, type Index, type Search, type Sort } from '../model/searchUrl';

interface Props {
  search: Search;
  hasPhoto: boolean;
  onChange: (change: Partial<Search>) => void;
}

/** A catalog is sorted; words are compared with photos, descriptions, or both; a photo with photos. */
export function OrderControl({ search, hasPhoto, onChange }: Props) {
  if (hasPhoto) return null;
  if (search.query.trim()) {
    return (
      <fieldset className="hidden shrink-0 rounded-full border border-line bg-white p-1 text-[13px] sm:flex">
        <legend className="sr-only">Match by</legend>
        {(Object.entries(INDEXES) as [Index, string][]).map(([index, label]) => (
          <label
            key={index}
            className="cursor-pointer rounded-full px-3 py-1 text-soft transition focus-within:outline focus-within:outline-2 has-[:checked]:bg-ink has-[:checked]:text-white"
          >
            <input
              type="radio"
              name="index"
              className="sr-only"
              checked={search.index === index}
              onChange={() => onChange({ index })}
            />
            {label}
          </label>
        ))}
      </fieldset>
    );
  }
  return (
    <span className="relative">
      <select
        aria-label="Sort"
        value={search.sort}
        onChange={(e) => onChange({ sort: e.target.value as Sort })}
        className="button-quiet cursor-pointer appearance-none pr-9"
      >
        {Object.entries(SORTS).map(([sort, label]) => (
          <option key={sort} value={sort}>
            {label}
          </option>
        ))}
      </select>
      <ChevronIcon className="pointer-events-none absolute right-3.5 top-1/2 h-4 w-4 -translate-y-1/2" />
    </span>
  );
}
