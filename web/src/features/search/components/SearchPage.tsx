import { useState } from 'react';
import { FilterIcon } from '@/components/icons';
import { FilterChips } from '@/features/filters/components/FilterChips';
import { FilterDrawer } from '@/features/filters/components/FilterDrawer';
import { FilterPanel } from '@/features/filters/components/FilterPanel';
import { countFilters, noFilters, type Filters } from '@/features/filters/model/filters';
import { usePhoto } from '../model/photo';
import { useSearchUrl } from '../model/searchUrl';
import { useResults } from '../model/useResults';
import { Intro } from './Intro';
import { OrderControl } from './OrderControl';
import { Results } from './Results';
import { UnderstoodLine } from './UnderstoodLine';

export function SearchPage() {
  const [search, patch] = useSearchUrl();
  const { photo, setPhoto } = usePhoto();
  const [drawer, setDrawer] = useState(false);
  const results = useResults(search, photo);

  const words = search.query.trim();
  const first = results.data?.pages[0];
  const isSearch = words !== '' || photo !== null;
  const filterCount = countFilters(search.filters);
  // What the present results leave to choose from; without a search, the whole catalog's.
  const facets = isSearch ? first?.facets : undefined;
  const setFilters = (filters: Filters) => patch({ filters });
  const clear = () => {
    setPhoto(null);
    patch({ query: '', filters: noFilters(), ignored: [] });
  };
  const isHome = !words && !photo && filterCount === 0;

  return (
    <div className="mx-auto max-w-[1500px] px-4 sm:px-8">
      {isHome && <Intro />}
      <div className="flex gap-12 pb-24 pt-8">
        <aside
          aria-label="Filters"
          className="sticky top-[74px] -mt-8 hidden max-h-[calc(100vh-74px)] w-56 shrink-0 self-start overflow-y-auto py-8 pl-0.5 pr-2 [scrollbar-width:thin] lg:block"
        >
          <FilterPanel filters={search.filters} facets={facets} onChange={setFilters} />
        </aside>
        <main className="min-w-0 flex-1">
          <div className="mb-6 flex flex-wrap items-end gap-x-2.5 gap-y-4">
            <div className="mr-auto w-full min-w-0 sm:w-auto">
              <h1 className="break-words font-display text-4xl leading-none">
                {headline(words, photo !== null, filterCount > 0)}
              </h1>
              <p role="status" className="mt-2 min-h-5 text-[13px] text-soft">
                {first && !results.error && countText(first.total)}
                {first && first.total > 1 && isSearch && ', closest first'}
                {first?.products.some((p) => p.price_is_synthetic) && ' · example prices'}
              </p>
            </div>
            <button
              type="button"
              aria-haspopup="dialog"
              onClick={() => setDrawer(true)}
              className="button-quiet flex items-center gap-2 lg:hidden"
            >
              <FilterIcon className="h-4 w-4" />
              Filters{filterCount > 0 && ` (${filterCount})`}
            </button>
            {isSearch && (
              <label className="button-quiet flex cursor-pointer items-center gap-2">
                <input
                  type="checkbox"
                  checked={search.explain}
                  onChange={(e) => patch({ explain: e.target.checked })}
                  className="accent-ink"
                />
                Explain
              </label>
            )}
            <OrderControl search={search} hasPhoto={photo !== null} onChange={patch} />
          </div>
          <FilterChips filters={search.filters} onChange={setFilters} />
          {words && first?.understood && (
            <UnderstoodLine
              understood={first.understood}
              ignored={search.ignored}
              onIgnore={(ignored) => patch({ ignored })}
            />
          )}
          <Results results={results} onClear={isHome ? undefined : clear} />
        </main>
      </div>
      {drawer && (
        <FilterDrawer total={first?.total} onClose={() => setDrawer(false)}>
          <FilterPanel filters={search.filters} facets={facets} onChange={setFilters} />
        </FilterDrawer>
      )}
    </div>
  );
}

function countText(total: number): string {
  return `${total.toLocaleString('en-US')} ${total === 1 ? 'item' : 'items'}`;
}

function headline(words: string, hasPhoto: boolean, hasFilters: boolean): string {
  if (words) return hasPhoto ? `${words}, like your photo` : words;
  if (hasPhoto) return 'Like your photo';
  return hasFilters ? 'Your selection' : 'Everything';
}
