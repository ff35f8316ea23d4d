import { createBrowserRouter, Outlet, ScrollRestoration } from 'react-router-dom';
import { ProductPage } from '@/features/product/components/ProductPage';
import { SearchPage } from '@/features/search/components/SearchPage';
import { PhotoProvider } from '@/features/search/model/photo';

function Shell() {
  return (
    <PhotoProvider>
      <Outlet />
      {/* Typing and filtering replace the URL; only a new page may move the scroll position. */}
      <ScrollRestoration getKey={(location) => location.key} />
    </PhotoProvider>
  );
}

export const router = createBrowserRouter([
  {
    element: <Shell />,
    children: [
      { path: '/product/:id', element: <ProductPage /> },
      { path: '*', element: <SearchPage /> },
    ],
  },
]);
