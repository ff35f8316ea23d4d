import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { toFilterJson, type Filters } from '@/features/filters/model/filters';
import { browse } from '../api/browse';
import { searchPhoto } from '../api/searchPhoto';
import { searchText } from '../api/searchText';

export interface Wanted {
  query: string;
  photo: File | null;
  weight: number;
  filters: Filters;
  sort: string;
  index?: string;
}

/** A File says nothing when it is made into a cache key, so its name, size and date stand for it. */
function photoKey(photo: File | null): string | null {
  return photo && `${photo.name}:${photo.size}:${photo.lastModified}`;
}

export function useResults({ query, photo, weight, filters, sort, index }: Wanted) {
  return useInfiniteQuery({
    queryKey: ['results', query, photoKey(photo), weight, filters, sort, index],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const json = toFilterJson(filters);
      if (photo) {
        return searchPhoto(
          { image: photo, query, weight, filters: json, index },
          pageParam,
          signal,
        );
      }
      if (query) return searchText({ query, filters: json, index }, pageParam, signal);
      return browse(filters, sort, pageParam, signal);
    },
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}
