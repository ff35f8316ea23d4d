import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { FilterPanel } from '@/features/filters/components/FilterPanel';
import {
  FACETS,
  noFilters,
  readFilters,
  toggle,
  writeFilters,
  type Filters,
} from '@/features/filters/model/filters';
import { useDebounced } from '@/lib/useDebounced';
import { firstImage, usePhoto, usePhotoDrop } from '../model/photo';
import { useResults } from '../model/useResults';
import { Results } from './Results';

const SORTS = [
  ['created_at:desc', 'Newest'],
  ['price:asc', 'Price, low to high'],
  ['price:desc', 'Price, high to low'],
  ['product_display_name:asc', 'Name'],
] as const;

export function SearchPage() {
  const [params, setParams] = useSearchParams();
  const { photo, preview, setPhoto } = usePhoto();
  const [text, setText] = useState(params.get('q') ?? '');
  const [weight, setWeight] = useState(0.5);
  const [drawer, setDrawer] = useState(false);
  const settled = useDebounced(text.trim(), 250);
  const settledWeight = useDebounced(weight, 250);
  const dragging = usePhotoDrop(setPhoto);
  const filters = readFilters(params);
  const sort = params.get('sort') ?? 'created_at:desc';

  const update = (change: (next: URLSearchParams) => void) =>
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        change(next);
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  const setFilters = (next: Filters) => update((p) => writeFilters(next, p));

  useEffect(() => {
    if (settled === (params.get('q') ?? '')) return;
    update((p) => (settled ? p.set('q', settled) : p.delete('q')));
    // Only settled words move the URL; the URL's other changes must not run this again.
  }, [settled]);

  const results = useResults({
    query: settled,
    photo,
    weight: settledWeight,
    filters,
    sort,
    index: params.get('index') ?? undefined,
  });
  const total = results.data?.pages[0]?.total;
  const chips = FACETS.flatMap((facet) => filters.values[facet].map((v) => [facet, v] as const));
  const filtered = chips.length > 0 || filters.minPrice !== null || filters.maxPrice !== null;

  return (
    <>
      <header className="sticky top-0 z-10 border-b border-line bg-paper/95">
        <div className="mx-auto flex max-w-7xl items-center gap-4 px-4 py-3">
          <h1 className="text-2xl font-semibold tracking-tight">weft</h1>
          <div
            role="search"
            className="flex flex-1 items-center gap-2 rounded-full border border-line bg-white px-4 py-1.5"
          >
            {photo && preview && (
              <span data-testid="photo-chip" className="flex items-center gap-1">
                <img src={preview} alt="Your photo" className="h-9 w-9 rounded-full object-cover" />
                <button
                  aria-label="Remove the photo"
                  onClick={() => setPhoto(null)}
                  className="p-1"
                >
                  ×
                </button>
              </span>
            )}
            <input
              type="search"
              aria-label="Search"
              placeholder={photo ? 'Add words…' : 'Search, or drop a photo'}
              value={text}
              onChange={(e) => setText(e.target.value)}
              className="h-9 min-w-0 flex-1 bg-transparent"
            />
            <label className="cursor-pointer rounded-full bg-sand px-3 py-1.5 text-sm focus-within:outline focus-within:outline-2">
              Photo
              <input
                type="file"
                accept="image/*"
                aria-label="Search with a photo"
                className="sr-only"
                onChange={(e) => {
                  setPhoto(firstImage(e.target.files));
                  e.target.value = '';
                }}
              />
            </label>
          </div>
        </div>
        {photo && settled && (
          <label className="mx-auto flex max-w-md items-center gap-3 px-4 pb-3 text-sm">
            Words
            <input
              type="range"
              min={0}
              max={1}
              step={0.05}
              value={weight}
              aria-label="Balance between words and photo"
              onChange={(e) => setWeight(Number(e.target.value))}
              className="flex-1 accent-stone-800"
            />
            Photo
          </label>
        )}
      </header>

      <div className="mx-auto flex max-w-7xl gap-10 px-4 py-6">
        <aside
          id="filters"
          aria-label="Filters"
          className={
            drawer
              ? 'fixed inset-0 z-20 overflow-y-auto bg-paper p-5 md:static md:w-56 md:p-0'
              : 'hidden w-56 shrink-0 md:block'
          }
          onKeyDown={(e) => e.key === 'Escape' && setDrawer(false)}
        >
          <FilterPanel filters={filters} onChange={setFilters} />
          {drawer && (
            <button
              autoFocus
              onClick={() => setDrawer(false)}
              className="sticky bottom-0 mt-6 w-full rounded-full bg-ink py-3 text-white md:hidden"
            >
              Show {total ?? ''} items
            </button>
          )}
        </aside>
        <main className="min-w-0 flex-1">
          <div className="mb-5 flex flex-wrap items-center gap-2 text-sm">
            <p role="status" className="mr-auto text-stone-600">
              {total === undefined ? '' : `${total.toLocaleString('en-US')} items`}
            </p>
            <button
              aria-expanded={drawer}
              aria-controls="filters"
              onClick={() => setDrawer(true)}
              className="rounded-full border border-line px-4 py-2 md:hidden"
            >
              Filters
            </button>
            {!settled && !photo && (
              <select
                aria-label="Sort"
                value={sort}
                onChange={(e) => update((p) => p.set('sort', e.target.value))}
                className="rounded-full border border-line bg-white px-3 py-2"
              >
                {SORTS.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </div>
          {filtered && (
            <div className="mb-5 flex flex-wrap gap-2 text-sm">
              {chips.map(([facet, value]) => (
                <button
                  key={`${facet}:${value}`}
                  aria-label={`Remove filter ${value}`}
                  onClick={() => setFilters(toggle(filters, facet, value))}
                  className="rounded-full bg-sand px-3 py-1.5"
                >
                  {value} ×
                </button>
              ))}
              <button onClick={() => setFilters(noFilters())} className="px-2 underline">
                Clear all
              </button>
            </div>
          )}
          <Results results={results} />
        </main>
      </div>
      {dragging && (
        <div className="pointer-events-none fixed inset-0 z-30 grid place-items-center bg-paper/90 text-2xl">
          Drop the photo to search with it
        </div>
      )}
    </>
  );
}
