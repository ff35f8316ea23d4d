import { Outlet, ScrollRestoration } from 'react-router-dom';
import { SearchHeader } from '@/features/search/components/SearchHeader';
import { PhotoProvider } from '@/features/search/model/photo';
import { useOnline } from '@/lib/useOnline';

export function Shell() {
  const online = useOnline();
  return (
    <PhotoProvider>
      <SearchHeader />
      {!online && (
        <p role="status" className="bg-ink px-4 py-2 text-center text-[13px] text-white">
          You are offline. What has been loaded stays here.
        </p>
      )}
      <Outlet />
      {/* By entry, not by address: back returns to where this visit to a page had scrolled. */}
      <ScrollRestoration getKey={(location) => location.key} />
    </PhotoProvider>
  );
}
