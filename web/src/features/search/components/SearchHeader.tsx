import { useCallback, useEffect, useRef } from 'react';
import { Link, useMatch, useNavigate } from 'react-router-dom';
import { CameraIcon, CloseIcon, SearchIcon } from '@/components/icons';
import { noFilters } from '@/features/filters/model/filters';
import { useDraft } from '@/lib/useDraft';
import { firstImage, usePhoto } from '../model/photo';
import { readSearch, useSearchUrl, writeSearch } from '../model/searchUrl';
import { usePhotoDrop } from '../model/usePhotoDrop';
import { WeightSlider } from './WeightSlider';

const SETTLE_MS = 250;

/** The bar on every page: words, the photo, and how much each counts. */
export function SearchHeader() {
  const navigate = useNavigate();
  const elsewhere = useMatch('/product/:id') !== null;
  const [search, patch] = useSearchUrl();
  const { photo, setPhoto } = usePhoto();
  const box = useRef<HTMLInputElement>(null);

  const commit = (query: string) => {
    if (!elsewhere) return patch({ query });
    const fresh = { ...readSearch(new URLSearchParams()), query, filters: noFilters() };
    navigate(`/?${writeSearch(fresh)}`);
  };
  const { draft, setDraft, flush } = useDraft(search.query, commit, SETTLE_MS);

  const take = useCallback(
    (file: File) => {
      setPhoto(file);
      if (elsewhere) navigate('/');
      else window.scrollTo(0, 0);
    },
    [elsewhere, navigate, setPhoto],
  );
  const dragging = usePhotoDrop(take);

  useEffect(() => {
    const focusBox = (e: KeyboardEvent) => {
      const typing = e.target instanceof Element && e.target.matches('input, select, textarea');
      if (e.key !== '/' || typing || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      box.current?.focus();
    };
    window.addEventListener('keydown', focusBox);
    return () => window.removeEventListener('keydown', focusBox);
  }, []);

  return (
    <>
      <header className="sticky top-0 z-20 border-b border-line bg-paper/95 backdrop-blur">
        <div className="mx-auto flex max-w-[1500px] items-center gap-4 px-4 py-3 sm:gap-8 sm:px-8">
          <Link
            to="/"
            onClick={() => setPhoto(null)}
            className="-mt-1 font-display text-[2rem] leading-none tracking-tight"
          >
            weft
          </Link>
          <form
            role="search"
            onSubmit={(e) => {
              e.preventDefault();
              flush();
            }}
            className="flex h-12 min-w-0 flex-1 items-center gap-2 rounded-full border border-line bg-white pl-4 pr-1.5 transition focus-within:border-ink hover:border-stone-400 sm:mx-auto sm:max-w-2xl"
          >
            {photo ? (
              <span
                data-testid="photo-chip"
                className="-ml-2.5 flex h-9 shrink-0 items-center rounded-full bg-sand pr-1"
              >
                <img
                  src={photo.url}
                  alt="Your photo"
                  className="h-9 w-9 rounded-full object-cover"
                />
                <button
                  type="button"
                  aria-label="Remove the photo"
                  onClick={() => setPhoto(null)}
                  className="rounded-full p-1.5 text-soft hover:text-ink"
                >
                  <CloseIcon className="h-4 w-4" />
                </button>
              </span>
            ) : (
              <SearchIcon className="h-[18px] w-[18px] shrink-0 text-soft" />
            )}
            <input
              ref={box}
              type="search"
              enterKeyHint="search"
              autoComplete="off"
              aria-label="Search"
              placeholder={photo ? 'Add words…' : 'Search, or drop a photo'}
              value={draft}
              onChange={(e) => setDraft(e.target.value)}
              className="h-full min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-stone-400 sm:text-[15px]"
            />
            {draft && (
              <button
                type="button"
                aria-label="Clear the words"
                onClick={() => {
                  setDraft('');
                  box.current?.focus();
                }}
                className="rounded-full p-1.5 text-soft hover:text-ink"
              >
                <CloseIcon className="h-4 w-4" />
              </button>
            )}
            <label
              title="Search with a photo"
              className="grid h-9 w-9 shrink-0 cursor-pointer place-items-center rounded-full bg-sand transition focus-within:outline focus-within:outline-2 hover:bg-line"
            >
              <CameraIcon />
              <input
                type="file"
                accept="image/*"
                aria-label="Search with a photo"
                className="sr-only"
                onChange={(e) => {
                  const file = firstImage(e.target.files);
                  if (file) take(file);
                  e.target.value = '';
                }}
              />
            </label>
          </form>
          <span className="hidden w-14 lg:block" />
        </div>
        {photo && search.query.trim() && !elsewhere && (
          <WeightSlider weight={search.weight} onChange={(weight) => patch({ weight })} />
        )}
      </header>
      {dragging && <DropOverlay />}
    </>
  );
}

function DropOverlay() {
  return (
    <div
      data-testid="drop-overlay"
      className="pointer-events-none fixed inset-0 z-30 bg-paper/95 p-4 sm:p-6"
    >
      <div className="grid h-full place-items-center rounded-2xl border-2 border-dashed border-stone-400">
        <p className="flex flex-col items-center gap-4 font-display text-4xl sm:text-5xl">
          <CameraIcon className="h-10 w-10" />
          Drop it anywhere
          <span className="font-sans text-sm text-soft">to see what looks like it</span>
        </p>
      </div>
    </div>
  );
}
