import { createBrowserRouter } from 'react-router-dom';
import { ProductPage } from '@/features/product/components/ProductPage';
import { SearchPage } from '@/features/search/components/SearchPage';
import { Shell } from './Shell';

export const router = createBrowserRouter([
  {
    element: <Shell />,
    children: [
      { path: '/product/:id', element: <ProductPage /> },
      { path: '*', element: <SearchPage /> },
    ],
  },
]);
