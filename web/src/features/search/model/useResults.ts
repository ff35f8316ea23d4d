import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { toFilterJson } from '@/features/filters/model/filters';
import { browse } from '../api/browse';
import { searchPhoto } from '../api/searchPhoto';
import { searchText } from '../api/searchText';
import type { Photo } from './photo';
import type { Search } from './searchUrl';
import { KINDS } from './understanding';

/** Products for the words, the photo, or both; without either, the catalog itself. */
export function useResults(search: Search, photo: Photo | null) {
  const { weight, sort, index, filters, ignored, explain } = search;
  const query = search.query.trim();
  // Only what bears on the answer, so that the rest never asks for it again.
  const asked = query ? [ignored, explain] : [explain];
  const how = photo ? [photo.id, query && weight, asked] : query ? [index, asked] : [sort];
  const understand =
    ignored.length > 0 ? KINDS.filter((kind) => !ignored.includes(kind)) : undefined;
  return useInfiniteQuery({
    queryKey: ['results', query, filters, photo !== null, how],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const json = toFilterJson(filters);
      if (photo) {
        const wanted = {
          image: photo.file,
          query,
          weight,
          filters: json,
          understand,
          explain,
        };
        return searchPhoto(wanted, pageParam, signal);
      }
      if (query) {
        const wanted = { query, index, filters: json, understand, explain };
        return searchText(wanted, pageParam, signal);
      }
      return browse(filters, sort, pageParam, signal);
    },
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}
